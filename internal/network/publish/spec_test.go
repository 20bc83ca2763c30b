package publish

import (
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"8080:80":                  "127.0.0.1:8080:80",
		"0:80":                     "127.0.0.1:0:80",
		":80":                      "127.0.0.1:0:80",
		"8080:80/tcp":              "127.0.0.1:8080:80",
		"0.0.0.0:8080:80":          "0.0.0.0:8080:80",
		"127.0.0.1::65535":         "127.0.0.1:0:65535",
		"[::1]:8080:80":            "[::1]:8080:80",
		"[::]::80":                 "[::]:0:80",
		"[::ffff:127.0.0.1]:1:2":   "127.0.0.1:1:2",
		"[2001:DB8:0:0::1]:443:80": "[2001:db8::1]:443:80",
	} {
		if got, err := Parse(text); err != nil || got.String() != want {
			t.Errorf("%q is read as %s, %v", text, got, err)
		}
	}
}

func TestWhatIsNoSpec(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `"" lacks a port of this host or of the VM`,
		"8080":               `"8080" lacks a port of this host or of the VM`,
		"8080:":              `"" in "8080:" is no port of a VM`,
		"8080:0":             `"0" in "8080:0" is no port of a VM`,
		"8080:65536":         `"65536" in "8080:65536" is no port of a VM`,
		"8080:web":           `"web" in "8080:web" is no port of a VM`,
		"-1:80":              `"-1" in "-1:80" is no port of this host`,
		"+8080:80":           `"+8080" in "+8080:80" is no port of this host`,
		"08080:80":           `"08080" in "08080:80" is no port of this host`,
		"8000-8010:80":       `"8000-8010" in "8000-8010:80" is no port of this host`,
		"8080:80/udp":        `port "8080:80/udp" cannot be published: only TCP can, not "udp"`,
		"8080:80/":           `port "8080:80/" cannot be published: only TCP can, not ""`,
		":8080:80":           `"" in ":8080:80" is no address`,
		"localhost:8080:80":  `"localhost" in "localhost:8080:80" is no address`,
		"::1:8080:80":        `"::1" in "::1:8080:80" is no address`,
		"[::1:8080:80":       `"[::1" in "[::1:8080:80" is no address`,
		"[127.0.0.1]:1:2":    `"[127.0.0.1]" in "[127.0.0.1]:1:2" is no address`,
		"[fe80::1%eth0]:1:2": `"[fe80::1%eth0]" in "[fe80::1%eth0]:1:2" is no address`,
		"\x1b[2J:1:2":        `"\x1b[2J" in "\x1b[2J:1:2" is no address`,
	} {
		_, err := Parse(text)
		if err == nil || err.Error() != want || problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%q: got %v\nwant %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"8080:80", ":1", "[::1]:0:65535", "[::ffff:1.2.3.4]::1", "1.2.3.4:1:2/tcp", "[]::1", "[:1", "]:1:1", "[[::1]]:1:1", "\xff:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := Parse(text)
		if err != nil {
			if len(err.Error()) > 500 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("Parse(%q): %v", text, err)
			}
			return
		}
		if again, err := Parse(spec.String()); err != nil || again != spec || spec.Guest == 0 || !spec.Host.Addr().IsValid() {
			t.Errorf("%q is read as %s, and that as %s, %v", text, spec, again, err)
		}
	})
}
