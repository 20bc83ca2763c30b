package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"banger/api"
)

// historyDepth is how many commits go along unless --depth says otherwise.
const historyDepth = 10

// sourceFlags say what of a repository goes into a VM; run and workspace prepare share them.
type sourceFlags struct {
	branch, from     string
	guestPath, depth string
	untracked        bool
	dryRun           bool
}

func (f *sourceFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.branch, "branch", "", "make a new branch `NAME`, in the VM only")
	flags.StringVar(&f.from, "from", "", "`REVISION` that the branch begins at (default HEAD)")
	flags.StringVar(&f.guestPath, "guest-path", "", "`FOLDER` of the VM to put it at (default /root and its name)")
	flags.StringVar(&f.depth, "depth", fmt.Sprint(historyDepth), "`COMMITS` of history that go along, or full")
	flags.BoolVar(&f.untracked, "include-untracked", false, "files that git neither tracks nor ignores go too")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only list what would go into the VM")
}

func (f *sourceFlags) any() bool { return *f != sourceFlags{depth: fmt.Sprint(historyDepth)} }

func (f *sourceFlags) check() error {
	if f.from != "" && f.branch == "" {
		return usage("--from says where a branch begins, and there is no --branch").hint("add --branch NAME")
	}
	if f.guestPath != "" && !strings.HasPrefix(f.guestPath, "/") {
		return usage("--guest-path %q is not an absolute path", f.guestPath).hint("it is a path in the guest, such as /root/app")
	}
	_, err := parseDepth(f.depth)
	return err
}

// source makes a path of this host, which may be empty, and the flags, what goes into a VM.
func (f *sourceFlags) source(folder string) (s api.WorkspaceSource, err error) {
	s = api.WorkspaceSource{Branch: f.branch, From: f.from, GuestPath: f.guestPath, Untracked: f.untracked}
	if s.Depth, err = parseDepth(f.depth); err == nil && folder != "" {
		s.Path, err = filepath.Abs(folder)
	}
	return s, err
}

// parseDepth reads a number of commits; 0 stands for full.
func parseDepth(text string) (int, error) {
	if text == "full" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usage("--depth %q is no number of commits", text).hint("choose 1 or more, or full")
	}
	return n, nil
}

// isFolder reports whether a word of the command line is a folder of this host.
func isFolder(word string) bool {
	info, err := os.Stat(word)
	return err == nil && info.IsDir()
}

// sayPlan tells what one should know of what goes into a VM.
func (a *app) sayPlan(p api.WorkspacePlan) {
	a.notices(p.Notices)
	if p.LeftBehind > 0 {
		a.notice(fmt.Sprintf("%s that git neither tracks nor ignores stayed behind; --include-untracked takes them along", countFiles(p.LeftBehind)))
	}
}

// printPlan lists what would go, and says how much that is.
func (a *app) printPlan(p api.WorkspacePlan) error {
	if a.json {
		return a.printJSON(p)
	}
	a.sayPlan(p)
	var list strings.Builder
	var size int64
	for _, f := range p.Files {
		list.WriteString(plain(f.Path) + "\n")
		size += f.Size
	}
	a.notice(fmt.Sprintf("%s, %s, of %s would go to %s", countFiles(len(p.Files)), bytesOf(size), p.Path, p.GuestPath))
	return a.print(list.String())
}

func countFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// workspaceColumn is a workspace in a list: its folder's name and the commit.
func workspaceColumn(w *api.Workspace) string {
	switch {
	case w == nil:
		return ""
	case w.Commit == "":
		return path.Base(w.Path)
	}
	return fmt.Sprintf("%s@%.7s", path.Base(w.Path), w.Commit)
}
