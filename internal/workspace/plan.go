package workspace

import (
	"fmt"

	"banger/internal/tree"
)

// Source says what is to go into a guest, and how.
type Source struct {
	Path      string // absolute, in the repository or folder that is to go
	GuestPath string // absolute; empty: /root and the name of the folder
	Branch    string // a new branch, made in the guest only
	From      string // the revision that it begins at; empty: HEAD
	Untracked bool   // files that are neither tracked nor ignored go too
	Depth     int    // commits of history; 0 means all
	// Export is the branch of the repository that an export is to make later; it is refused now if it cannot. Empty: none.
	Export string
}

// Plan is what would go, as it was when Inspect looked.
type Plan struct {
	Root      string // the top of the working tree, absolute
	Git       bool   // it is a repository
	GuestPath string
	Commit    string // the guest's HEAD is to be; empty without commits
	Branch    string // likewise; empty when HEAD is detached
	Files     []tree.Entry
	// LeftBehind counts files that are neither tracked nor ignored and that do not go.
	LeftBehind int
	// Notices are what the user should know, a sentence each.
	Notices []string

	sum        int // length of a sum, in bytes
	repository repository
	configured configuration
	index      []indexEntry // the guest's, in git's order
	own        string       // the branch that is made for the guest
	stored     bool         // files come from objects instead of the working tree
	depth      int          // of history; 0 is all
	shallow    []string     // commits whose parents do not go along; set by Stage
}

// maxFiles bounds a workspace.
const maxFiles = 1 << 20

// notice adds what the user should know.
func (p *Plan) notice(format string, args ...any) {
	p.Notices = append(p.Notices, fmt.Sprintf(format, args...))
}
