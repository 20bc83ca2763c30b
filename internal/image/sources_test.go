package image

import (
	"testing"

	"banger/internal/aptsource"
	"banger/internal/problem"
)

const keyed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "

func TestDebianSources(t *testing.T) {
	for name, c := range map[string]struct{ list, suite, want string }{
		"the host's own suite, as it is": {
			"deb " + keyed + "http://m.example/debian bookworm main contrib\ndeb http://m.example/debian bookworm-updates main\n" +
				"deb http://m.example/debian-security bookworm-security main\ndeb http://m.example/debian bookworm-backports main\n",
			"bookworm",
			"deb " + keyed + "http://m.example/debian bookworm main contrib\ndeb http://m.example/debian bookworm-updates main\n" +
				"deb http://m.example/debian-security bookworm-security main\n",
		},
		"another suite from the same places": {
			"deb " + keyed + "http://m.example/debian bookworm main non-free-firmware\ndeb http://m.example/debian-security bookworm-security main\n",
			"bullseye",
			"deb " + keyed + "http://m.example/debian bullseye main\ndeb http://m.example/debian-security bullseye-security main\n",
		},
		"a host that says stable": {
			"deb http://m.example/debian stable main\n", "bookworm", "deb http://m.example/debian bookworm main\n",
		},
		"a host of two suites": {
			"deb http://m.example/debian bookworm main\ndeb http://m.example/debian trixie main\ndeb http://m.example/debian trixie-updates main\n",
			"trixie",
			"deb http://m.example/debian trixie main\ndeb http://m.example/debian trixie-updates main\n",
		},
		"other vendors stay out": {
			"deb http://m.example/debian bookworm main\ndeb http://vendor.example/apt bookworm main\ndeb [signed-by=/etc/vendor.gpg] http://v.example/debian bookworm main\n",
			"bookworm", "deb http://m.example/debian bookworm main\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := host{root: tree(t, map[string]string{"etc/apt/sources.list": c.list})}
			got, err := h.debianSources(c.suite)
			if err != nil || got.String() != c.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, c.want)
			}
		})
	}
}

func TestDebianSourcesOnAnotherHost(t *testing.T) {
	h := host{root: tree(t, map[string]string{"etc/apt/sources.list": "deb http://archive.example/ubuntu noble main\n"})}
	_, err := h.debianSources("bookworm")
	wantProblem(t, err, problem.Unavailable, "no Debian archive")
}

func TestSourcesForGuest(t *testing.T) {
	h := host{root: tree(t, map[string]string{
		"etc/apt/sources.list": "deb http://user:secret@m.example/debian bookworm main\ndeb mirror+file:/etc/apt/mirrors/debian.list bookworm-updates main\n" +
			"deb mirror+file:/etc/apt/absent/debian bookworm-security main\n",
		"etc/apt/mirrors/debian.list": "# near\n\nhttps://near.example/debian/\tpriority:1\nhttps://far.example/debian\n",
	})}
	src := sources{}
	for _, s := range []string{"http://user:secret@m.example/debian", "mirror+file:/etc/apt/mirrors/debian.list", "mirror+file:/absent"} {
		src = append(src, sourceAt(s))
	}
	want := "deb http://m.example/debian bookworm main\ndeb https://near.example/debian/ bookworm main\ndeb mirror+file:/absent bookworm main\n"
	if got := h.forGuest(src).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if src[0].URI != "http://user:secret@m.example/debian" {
		t.Error("the host's own entry was changed")
	}
}

func sourceAt(uri string) aptsource.Source {
	return aptsource.Source{URI: uri, Suite: "bookworm", Components: []string{"main"}}
}
