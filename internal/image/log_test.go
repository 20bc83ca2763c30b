package image

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
	"banger/internal/progress"
)

// said is what mmdebstrap --verbose prints, shortened.
const said = `I: chroot architecture amd64 is equal to the host's architecture
I: running apt-get update...
Get:1 http://m.example/debian bookworm InRelease [151 kB]
Get:2 http://m.example/debian bookworm-updates/main amd64 Packages [6924 B]
I: downloading packages with apt...
75 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://m.example/debian bookworm/main amd64 libc6 amd64 2.36-9 [2759 kB]
I: extracting archives...
I: installing essential packages...
Unpacking dash (0.5.12-2) ...
Setting up libc6:amd64 (2.36-9) ...
I: installing remaining packages inside the chroot...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Setting up git (1:2.39.5-0) ...
Setting up more-than-announced (1) ...
Processing triggers for libc-bin (2.36-9) ...
I: creating tarball...
I: done
`

func TestBuildLogTellsProgress(t *testing.T) {
	var got []string
	log := &buildLog{sink: func(e progress.Event) {
		got = append(got, fmt.Sprintf("%s|%s|%d/%d", e.Phase, e.Message, e.Done, e.Total))
	}}
	for i := range said { // in the smallest pieces
		_, err := io.WriteString(log, said[i:i+1])
		must(t, err)
	}
	want := []string{
		"read the package lists||0/0",
		"fetch the base system||0/0", "fetch the base system||0/2", "fetch the base system|libc6|0/2",
		"unpack the base system||0/0",
		"set up the base system||0/0", "set up the base system|dash|0/0", "set up the base system|libc6:amd64|0/0",
		"install packages||0/0", "install packages||0/1", "install packages|git|1/1",
		"install packages|more-than-announced|1/1", "install packages|libc-bin|1/1",
		"write the root file system||0/0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBuildLogFailure(t *testing.T) {
	for name, c := range map[string]struct {
		said  string
		code  problem.Code
		words []string
	}{
		"disk full":    {"dpkg: error: No space left on device\n", problem.Exhausted, []string{"free some room"}},
		"no package":   {"E: Unable to locate package nosuch\nE: setup failed\n", problem.Invalid, []string{"nosuch", "differ between releases"}},
		"no suite":     {"E: The repository 'http://m.example/debian nosuch Release' does not have a Release file.\n", problem.Invalid, []string{"has that suite"}},
		"no network":   {"E: Failed to fetch http://m.example/x  Temporary failure resolving 'm.example'\n", problem.Unavailable, []string{"apt-get update"}},
		"anything":     {"E: dpkg was killed\n", problem.Unavailable, []string{"dpkg was killed"}},
		"not a word":   {"I: running apt-get update...\nE: mmdebstrap failed to run\n", problem.Internal, []string{"without a word", "exit status 1"}},
		"endless line": {strings.Repeat("x", 1<<20) + "\nE: dpkg was killed\n", problem.Unavailable, []string{"dpkg was killed"}},
		"terminal":     {"\x1b]0;owned\a\x1b[2Jred\rE: blue\u202e\n", problem.Unavailable, []string{"]0;owned[2Jred\n  E: blue"}},
	} {
		t.Run(name, func(t *testing.T) {
			log := &buildLog{}
			_, err := io.WriteString(log, c.said)
			must(t, err)
			err = log.failure(errors.New("exit status 1"))
			wantProblem(t, err, c.code, c.words...)
			if len(err.Error()) > 1000 || strings.ContainsAny(err.Error(), "\x1b\a\r\u202e") {
				t.Errorf("not fit for a terminal: %q", err)
			}
		})
	}
}

func TestBuildLogKeepsTheLastLines(t *testing.T) {
	log := &buildLog{}
	for i := range 1000 {
		fmt.Fprintf(log, "line %d\n", i)
	}
	err := log.failure(nil)
	if text := err.Error(); strings.Contains(text, "line 989\n") || !strings.HasSuffix(text, "line 998\n  line 999") {
		t.Errorf("got %s", text)
	}
}
