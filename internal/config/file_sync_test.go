package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
)

var atHome = map[string]string{"HOME": "/home/u"}

// asTables writes settings of file_sync as a file has them.
func asTables(settings []Setting) string {
	var text strings.Builder
	for _, s := range settings {
		key := s.Key[strings.LastIndex(s.Key, ".")+1:]
		if key == "host" {
			text.WriteString("[[file_sync]]\n")
		}
		text.WriteString(key + " = \"")
		for _, c := range s.Value {
			fmt.Fprintf(&text, "\\U%08X", c)
		}
		text.WriteString("\"\n")
	}
	return text.String()
}

func TestFileSync(t *testing.T) {
	want := []FileSync{
		{Host: ".npmrc", Guest: ".npmrc"},
		{Host: ".config/gh", Guest: "gh"},
		{Host: "key", Guest: ".ssh/key", Mode: 0o600},
		{Host: "notes", Guest: "a/notes"},
	}
	for _, text := range []string{`
[[file_sync]]
host = "~/.npmrc"
[[file_sync]]
guest = "/root/gh"
host = "/home/u/.config/gh/"
[vm_defaults]
vcpu = 1
[[file_sync]]
host = "./key"
guest = ".ssh/key"
mode = "0600"
[[file_sync]]
host = "notes"
guest = "~/a//notes"
mode = ""
`, `
file_sync = [ { host = "~/.npmrc" }, { host = "/home/u/.config/gh", guest = "/root/gh" },
	{ host = "key", guest = "~/.ssh/key", mode = "600" },
	{ host = "notes", guest = "a/notes" },
]
vm_defaults.vcpu = 1`} {
		c, err := load(t, text, atHome)
		if err != nil || !slices.Equal(c.FileSync, want) || c.VMDefaults.VCPU != 1 {
			t.Errorf("%s\ngives %+v, %v\nwant %+v", text, c.FileSync, err, want)
		}
	}
}

func TestFileSyncSaysWhereItComesFrom(t *testing.T) {
	r := read(t, "[[file_sync]]\nhost = \"a\"\n\n[[file_sync]]\nmode = \"0400\"\nhost = \"b\"\nguest = \"c\"", atHome)
	var got []string
	for _, s := range r.Settings()[len(settings):] {
		got = append(got, fmt.Sprintf("%s=%s %s %d", s.Key, s.Value, s.Kind, s.Line))
	}
	want := []string{
		"file_sync.1.host=~/a file 2", "file_sync.1.guest=~/a built-in 0",
		"file_sync.2.host=~/b file 6", "file_sync.2.guest=~/c file 7", "file_sync.2.mode=0400 file 5",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestFileSyncThatIsRefused(t *testing.T) {
	entry := func(lines ...string) string { return "[[file_sync]]\n" + strings.Join(lines, "\n") + "\n" }
	good := entry(`host = "good"`)
	for text, want := range map[string]string{
		good + entry(`guest = "x"`):                                            "line 3: file_sync entry 2: it has no host",
		good + entry(`host = "../x"`):                                          `line 4: file_sync entry 2: host: "../x" does not name something inside /home/u`,
		entry(`host = "a/../../u/x"`):                                          `line 2: file_sync entry 1: host: "a/../../u/x" does not name`,
		entry(`host = "/etc/passwd"`):                                          `line 2: file_sync entry 1: host: "/etc/passwd" does not name something inside /home/u`,
		entry(`host = "/home/user/x"`):                                         `"/home/user/x" does not name something inside /home/u`,
		entry(`host = "/home/u"`):                                              `"/home/u" does not name`,
		entry(`host = "~"`):                                                    `"~" does not name`,
		entry(`host = "~/"`):                                                   `"~/" does not name`,
		entry(`host = "~root/x"`):                                              `"~root/x" does not name`,
		entry(`host = ""`):                                                     "line 2: file_sync entry 1: host: it cannot be empty",
		entry(`host = "a\u0000"`):                                              "line 2: file_sync entry 1: host: a path cannot hold a zero byte",
		entry(`host = "a"`, `guest = "/etc/x"`):                                `line 3: file_sync entry 1: guest: "/etc/x" does not name something inside /root`,
		entry(`host = "a"`, `guest = "~/../etc/x"`):                            `guest: "~/../etc/x" does not name`,
		entry(`host = "a"`, `guest = "/root"`):                                 `guest: "/root" does not name`,
		entry(`host = "a"`, `mode = "rw"`):                                     `line 3: file_sync entry 1: mode: "rw" is no mode of a file such as 0600`,
		entry(`host = "a"`, `mode = "4755"`):                                   `"4755" is no mode`,
		entry(`host = "a"`, `mode = "0000"`):                                   `"0000" is no mode`,
		entry(`host = "a"`, `mode = "0o600"`):                                  `"0o600" is no mode`,
		entry(`host = "a"`, `mode = 0o600`):                                    "line 3: file_sync entry 1: mode is no text; write it between quotes",
		entry(`host = ["a"]`):                                                  "line 2: file_sync entry 1: host is no text",
		entry(`host = "a"`, `gest = "b"`):                                      "line 3: file_sync entry 1: there is no setting called gest in it; did you mean guest?",
		entry(`host = "a"`, `owner = "b"`):                                     "called owner in it; an entry has host, guest and mode",
		entry(`host.x = "a"`):                                                  "line 2: file_sync entry 1: there is no setting called host.x in it",
		good + entry(`host = "b"`) + entry(`guest = "./good"`, `host = "c"`):   "line 6: file_sync entry 3: ~/good is what entry 1 is copied to",
		good + entry(`host = "b"`) + entry(`host = "good"`, "mode = \"0600\""): "line 5: file_sync entry 3: ~/good is what entry 1 is copied to",
		"file_sync = [{host = \"a\"}, {}]":                                     "line 1: file_sync entry 2: it has no host",
		"file_sync = [{host = \"a\"}, 7]":                                      `line 1: "file_sync" is a list of tables; write [[file_sync]]`,
		"file_sync = 7":                                                        `line 1: "file_sync" is a list of tables`,
		"[file_sync]\nhost = \"a\"":                                            `line 1: "file_sync" is a list of tables`,
		"[[file_synch]]\nhost = \"a\"":                                         "line 1: there is no setting called file_synch; did you mean file_sync?",
		good + "[file_sync.more]\nx = 1":                                       "line 3: there is no setting called file_sync.more",
	} {
		r := read(t, text, atHome)
		if len(r.Mistakes) != 1 || !strings.Contains(r.Mistakes[0].String(), want) {
			t.Errorf("%q: %v\nwant %q", text, r.Mistakes, want)
		}
		if err := r.Err(); problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%q: %v, remedy %q", text, err, problem.RemedyOf(err))
		}
	}
}

// Without a home, paths can only be told relative to it.
func TestFileSyncWithoutAHome(t *testing.T) {
	if _, err := below("", "/home/u/x"); err == nil || !strings.Contains(err.Error(), "HOME is not set") {
		t.Errorf("an absolute path: %v", err)
	}
	if path, err := below("", "~/x"); path != "x" || err != nil {
		t.Errorf("%q, %v", path, err)
	}
}

// All mistakes of a file are in the order of its lines.
func TestMistakesOfFileSyncAreInOrder(t *testing.T) {
	r := read(t, "colour = 1\n[[file_sync]]\nhost = \"..\"\nmode = 1\n[quotas]\n", atHome)
	last := 0
	for _, m := range r.Mistakes {
		if m.Source.Line <= last {
			t.Errorf("%v is after line %d", m, last)
		}
		last = m.Source.Line
	}
	if len(r.Mistakes) != 4 {
		t.Errorf("%v", r.Mistakes)
	}
}
