package rules

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forbiddenWords must not stand in any committed file. They are put together here
// so that this file does not break its own rule.
var forbiddenWords = map[string][]string{
	"a package or image registry's host name": {
		"deb" + ".debian.org", "security" + ".debian.org", "ftp" + ".debian.org", "snapshot" + ".debian.org",
		"archive" + ".ubuntu.com", "proxy" + ".golang.org", "sum" + ".golang.org", "registry" + ".npmjs", "crates" + ".io",
		"pypi" + ".org", "docker" + ".io/", "ghcr" + ".io", "quay" + ".io",
	},
	"a path of the machine it was written on": {"/work" + "/", "/tmp" + "/lab"},
	"unfinished work":                         {"TO" + "DO", "FIX" + "ME", "XX" + "X:", "not " + "implemented"},
}

func wordsIn(content []byte) []string {
	var found []string
	for what, words := range forbiddenWords {
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				found = append(found, what+": "+word)
			}
		}
	}
	return found
}

func TestNothingCommittedNamesWhatItMustNot(t *testing.T) {
	files := strings.Split(strings.Trim(run(t, "git", "ls-files", "-z"), "\x00"), "\x00")
	if len(files) < 10 {
		t.Fatalf("git ls-files names %d files; nothing would be checked", len(files))
	}
	for _, name := range files {
		if name == "go.sum" || name == "LICENSE" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range wordsIn(content) {
			t.Errorf("%s holds %s", name, found)
		}
	}
}

func TestForbiddenWordsAreFound(t *testing.T) {
	for what, words := range forbiddenWords {
		for _, word := range words {
			if len(wordsIn([]byte("x "+word+" y"))) == 0 {
				t.Errorf("%s: %q is not found", what, word)
			}
		}
	}
	if found := wordsIn([]byte("a clean line")); len(found) != 0 {
		t.Errorf("found in a clean line: %v", found)
	}
}
