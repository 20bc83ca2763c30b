package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestWrap(t *testing.T) {
	const text = "one two three four\nfive\n\nlist:\n  a    six seven eight\n  b    nine\n"
	const want = "one two three\nfour five\n\nlist:\n  a    six\n       seven\n       eight\n  b    nine\n"
	if got := wrap(text, 13); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestHelpFitsTheTerminal as far as words can be parted: examples stay as one types them.
func TestHelpFitsTheTerminal(t *testing.T) {
	for _, e := range entries(Commands()) {
		s := newScreen(t, 24, 60)
		w := emptyWorld(t).on(s)
		w.run(append(strings.Fields(e.path), "--help")...)
		before, rest, _ := strings.Cut(s.shown(), "\r\n\r\nUsage:")
		_, after, _ := strings.Cut(rest, "\r\n\r\n")
		if strings.HasPrefix(after, "Examples:") {
			_, after, _ = strings.Cut(after, "\r\n\r\n")
		}
		for line := range strings.Lines(before + "\n" + after) {
			if n := len(strings.TrimRight(line, "\r\n")); n > 60 {
				t.Errorf("%s --help: %d characters: %q", e.path, n, line)
			}
		}
	}
}

// TestEveryCommandHasItsPlaceInHelp and says which other command does what it does not.
func TestEveryCommandHasItsPlaceInHelp(t *testing.T) {
	root := Commands()
	for _, e := range entries(root) {
		cmd, _, err := root.Find(strings.Fields(e.path))
		if err != nil {
			t.Fatal(err)
		}
		if e.section == "Commands" {
			t.Errorf("%s stands in no section", e.path)
		}
		if first, _, _ := strings.Cut(cmd.Long, "\n\n"); !strings.Contains(first, ".") {
			t.Errorf("%s does not begin with a sentence: %q", e.path, first)
		}
		if !namesAnother(cmd) {
			t.Errorf("%s does not say which command does what it does not:\n%s", e.path, cmd.Long)
		}
	}
}

func namesAnother(cmd *cobra.Command) bool {
	text := strings.ReplaceAll(strings.ReplaceAll(cmd.Long, "\n", " "), cmd.CommandPath(), "")
	for _, word := range append(commandNames(cmd.Root()), "vm") {
		if strings.Contains(text, "banger "+word) {
			return true
		}
	}
	return false
}
