package workspace

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"banger/internal/problem"
)

// Base is a tree as it was sent to a guest. What it holds is in the objects beside it.
type Base struct {
	// Tree is the id of git's tree of the files' own bytes; no filter of git's has touched them. It names the base.
	Tree string `json:"tree"`
	// Commit is what the guest's HEAD was then; empty for a folder without git and a repository without commits.
	Commit string `json:"commit,omitempty"`
	// Head is what HEAD of the user's repository was then: Commit, unless a branch begins elsewhere.
	Head string `json:"head,omitempty"`
	// Own is the branch that was made for the guest; empty when it has the repository's.
	Own string `json:"own,omitempty"`
	// Branch is the guest's branch then; empty when HEAD was detached.
	Branch string `json:"branch,omitempty"`
	// Root is the top of the user's working tree, absolute.
	Root string `json:"root"`
	// Git is false for a folder that is no repository.
	Git       bool      `json:"git"`
	GuestPath string    `json:"guest_path"`
	At        time.Time `json:"at"`
	// Packs are those of the packs beside it that the guest's repository was given.
	Packs []string `json:"packs,omitempty"`
}

// repository is the user's, at the time when the base was made.
func (b Base) repository() repository {
	return repository{root: b.Root, git: filepath.Join(b.Root, ".git")}
}

// sum is the length of its sums, in bytes.
func (b Base) sum() int { return len(b.Tree) / 2 }

// Dir is a folder with the bases of one VM: a bare git repository with no reference, made by Stage. A user's repository is never
// written to for it and never depended on.
type Dir string

// IDs gives the names of the folders of bases in dir.
func IDs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// PatchFile is where the patch of the latest Export is.
func (d Dir) PatchFile() string { return filepath.Join(string(d), "export.patch") }

func (d Dir) objects() string { return filepath.Join(string(d), "objects") }

// base reads the base of a tree. id can come from a guest.
func (d Dir) base(id string) (b Base, err error) {
	if !isSum(id) {
		return b, problem.New(problem.GuestFailed, "the guest calls its workspace %.80q, which is no id of a tree", id)
	}
	text, err := os.ReadFile(d.baseFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return b, problem.New(problem.NotFound, "this host has no record of the workspace that the guest says it has").
			WithRemedy("prepare it again with --force, which overwrites what is in the guest; banger vm cp copies files out as they are")
	}
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	return b, err
}

func (d Dir) writeBase(b Base) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return replace(d.baseFile(b.Tree), text)
}

// replace writes a file that is there as a whole or as it was.
func replace(path string, text []byte) error {
	temp := path + ".tmp"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

func (d Dir) baseFile(id string) string { return filepath.Join(string(d), "base-"+id+".json") }

// isSum reports whether text is the sum of an object, in hexadecimal digits.
func isSum(text string) bool {
	if len(text) != 40 && len(text) != 64 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
