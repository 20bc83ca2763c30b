package aptsource

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// host makes a root folder with the given files.
func host(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	list    = "etc/apt/sources.list"
	parts   = "etc/apt/sources.list.d/"
	lists   = "var/lib/apt/lists/"
	keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
)

func TestDebian(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing at all": {},
		"one line, one deb-src, one comment": {
			map[string]string{list: "# deb http://a.example/debian sid main\n" +
				"deb http://mirror.example/debian bookworm main contrib # near\n" +
				"deb-src http://mirror.example/debian bookworm main\n"},
			[]string{"deb http://mirror.example/debian bookworm main contrib"},
		},
		"options are kept": {
			map[string]string{list: "deb [trusted=yes arch=amd64]\thttp://mirror.example/pub/debian/ trixie-updates main\n"},
			[]string{"deb [trusted=yes arch=amd64] http://mirror.example/pub/debian/ trixie-updates main"},
		},
		"deb822: every address with every suite": {
			map[string]string{parts + "debian.sources": "Types: deb deb-src\n# a mirror\nURIs: http://a.example/debian http://b.example/debian\n" +
				"Suites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: " + keyring + "\n\n\n" +
				"Types: deb-src\nURIs: http://a.example/debian\nSuites: bookworm\nComponents: main\n"},
			[]string{
				"deb [signed-by=" + keyring + "] http://a.example/debian bookworm main",
				"deb [signed-by=" + keyring + "] http://a.example/debian bookworm-updates main",
				"deb [signed-by=" + keyring + "] http://b.example/debian bookworm main",
				"deb [signed-by=" + keyring + "] http://b.example/debian bookworm-updates main",
			},
		},
		"deb822: disabled, and a key in the file": {
			map[string]string{parts + "debian.sources": "Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\nEnabled: no\n\n" +
				"Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"},
			nil,
		},
		"the same entry twice": {
			map[string]string{
				list:             "deb http://a.example/debian sid main\n",
				parts + "a.list": "deb http://a.example/debian sid main\ndeb http://a.example/debian experimental main\n",
			},
			[]string{"deb http://a.example/debian sid main", "deb http://a.example/debian experimental main"},
		},
		"files that apt passes over": {
			map[string]string{
				parts + "x.list.save": "deb http://a.example/debian sid main\n",
				parts + ".x.list":     "deb http://a.example/debian sid main\n",
				parts + "a b.list":    "deb http://a.example/debian sid main\n",
			},
			nil,
		},
		"other vendors by key, suite, component, path": {
			map[string]string{list: strings.Join([]string{
				"deb [signed-by=/etc/apt/keyrings/vendor.gpg] http://vendor.example/linux/debian bookworm main",
				"deb [signed-by=" + keyring + ",/etc/apt/keyrings/vendor.gpg] http://vendor.example/debian bookworm main",
				"deb http://vendor.example/linux/debian bookworm stable",
				"deb http://vendor.example/debian nodistro main",
				"deb http://archive.example/ubuntu noble main",
				"deb http://vendor.example/apt bookworm main",
				"deb http://vendor.example/debian ./",
				"deb cdrom:[Debian_12]/debian bookworm main",
			}, "\n")},
			nil,
		},
		"a mirror list of the cloud images": {
			map[string]string{parts + "debian.sources": "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian-security.list\nSuites: bookworm-security\nComponents: main\n"},
			[]string{"deb mirror+file:///etc/apt/mirrors/debian-security.list bookworm-security main"},
		},
		"the origin that apt has seen decides": {
			map[string]string{
				list: "deb https://user:pass@cache.example:3142/a_b/os bookworm main\ndeb http://vendor.example/debian bookworm main\n" +
					"deb http://old.example/debian stretch/updates main\n",
				lists + "cache.example:3142_a%5fb_os_dists_bookworm_InRelease": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian\n",
				lists + "vendor.example_debian_dists_bookworm_InRelease":       "Origin: Vendor\n",
				lists + "old.example_debian_dists_stretch_updates_Release":     "Origin: Debian\n",
			},
			[]string{"deb https://user:pass@cache.example:3142/a_b/os bookworm main", "deb http://old.example/debian stretch/updates main"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sources, err := Debian(host(t, c.files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sources {
				got = append(got, s.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestDebianNamesFileAndLineOfAMistake(t *testing.T) {
	for text, want := range map[string]string{
		"\ndeb [arch=amd64 http://a.example/debian sid main\n": "line 2",
		"deb http://a.example/debian\n":                        "line 1",
	} {
		_, err := Debian(host(t, map[string]string{parts + "x.list": text}))
		if err == nil || !strings.Contains(err.Error(), "/"+parts+"x.list: "+want) {
			t.Errorf("%q: got %v, want the file and %s", text, err, want)
		}
	}
	_, err := Debian(host(t, map[string]string{parts + "x.sources": "Types: deb\nnonsense\n"}))
	if err == nil || !strings.Contains(err.Error(), "x.sources: line 2") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("deb [a=b] http://x/debian sid main\n")
	f.Add("Types: deb\nURIs: x\nSuites: a\n b\nEnabled: no\n\n c: d")
	f.Fuzz(func(t *testing.T, text string) {
		sources, err := parseLines(text)
		for _, s := range sources {
			again, err := parseLines(s.String())
			if err != nil || len(again) != 1 || again[0].String() != s.String() {
				t.Errorf("%q read again: %v %v", s, again, err)
			}
		}
		_ = err
		_, _ = parseStanzas(text)
	})
}
