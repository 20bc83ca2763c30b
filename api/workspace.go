package api

import "time"

// Workspace is the repository or folder of the host that is in a VM's guest. It is as it was when it was sent.
type Workspace struct {
	Path      string    `json:"path" doc:"top of the working tree on the host"`
	GuestPath string    `json:"guest_path" doc:"where it is in the guest"`
	Commit    string    `json:"commit,omitempty" doc:"what HEAD in the guest was when it was sent; missing without commits"`
	Prepared  time.Time `json:"prepared_at" doc:"when it was sent"`
}

// WorkspaceSource says what is to go into a guest, and how.
type WorkspaceSource struct {
	Path      string `json:"path" doc:"absolute; in the repository or folder that is to go"`
	GuestPath string `json:"guest_path,omitempty" doc:"absolute; empty means /root and the folder's name"`
	Branch    string `json:"branch,omitempty" doc:"a new branch, made in the guest only"`
	From      string `json:"from,omitempty" doc:"the revision that it begins at; empty means HEAD"`
	Untracked bool   `json:"include_untracked,omitempty" doc:"files that are neither tracked nor ignored go too"`
	Depth     int    `json:"depth,omitempty" minimum:"0" doc:"commits of history; 0 means all"`
	Export    string `json:"export_branch,omitempty" doc:"a branch that an export is to make later; refused now if it cannot"`
}

// WorkspacePlan is what would go into a guest.
type WorkspacePlan struct {
	Path       string          `json:"path" doc:"top of the working tree"`
	GuestPath  string          `json:"guest_path" doc:"where it would be in the guest"`
	Git        bool            `json:"git" doc:"it is a repository"`
	Commit     string          `json:"commit,omitempty" doc:"what HEAD in the guest would be"`
	Branch     string          `json:"branch,omitempty" doc:"the guest's branch; missing when HEAD is detached"`
	Files      []WorkspaceFile `json:"files" doc:"what would go, by path"`
	LeftBehind int             `json:"left_behind,omitempty" doc:"how many files stay that are neither tracked nor ignored"`
	Notices    []string        `json:"notices,omitempty" doc:"what one should know, a sentence each"`
}

// WorkspaceFile is one of a plan.
type WorkspaceFile struct {
	Path string `json:"path" doc:"relative; quoted as git does when it is not plain text"`
	Mode string `json:"mode" doc:"as git has it, in octal: 100644, 100755, 120000; 040000 is an empty folder"`
	Size int64  `json:"size" doc:"in bytes"`
}

// PrepareWorkspace asks for a workspace in a running VM.
type PrepareWorkspace struct {
	WorkspaceSource
	Path   string `json:"path,omitempty" doc:"absolute; in the repository or folder that is to go; empty means that of the latest"`
	Force  bool   `json:"force,omitempty" doc:"overwrite what the guest has changed"`
	DryRun bool   `json:"dry_run,omitempty" doc:"only tell what would be sent and overwritten"`
}

// PreparedWorkspace is what came of it.
type PreparedWorkspace struct {
	VM          VM            `json:"vm" doc:"as it is now"`
	Plan        WorkspacePlan `json:"plan" doc:"what the workspace is made of; its files are listed for a dry run only"`
	Files       int           `json:"files" doc:"how many files were sent"`
	Bytes       int64         `json:"bytes" doc:"how much of them"`
	Overwritten []string      `json:"overwritten,omitempty" doc:"files that the guest had changed; quoted as git does"`
}

// WorkspaceStatus is how a workspace stands to its repository on the host.
type WorkspaceStatus struct {
	Head  string `json:"head,omitempty" doc:"commit that HEAD of the repository is at; missing when there is none"`
	Was   string `json:"was,omitempty" doc:"what it was when the workspace was sent"`
	Moved bool   `json:"moved" doc:"it was another when the workspace was sent"`
}

// WorkspaceChanges is what would be lost with a guest.
type WorkspaceChanges struct {
	Files    int  `json:"files" doc:"that are not as they were sent"`
	Commits  bool `json:"commits" doc:"HEAD is not what it was"`
	Exported bool `json:"exported" doc:"the latest export has all of it"`
}

// ExportWorkspace asks for what has changed in a guest.
type ExportWorkspace struct {
	Patch  bool   `json:"patch,omitempty" doc:"make a patch, to be read at /v1/vms/{ref}/workspace/patch"`
	Branch string `json:"branch,omitempty" doc:"make the guest's commits a new branch of this name in the repository on the host"`
	Apply  bool   `json:"apply,omitempty" doc:"change the working tree on the host"`
}

// ExportedWorkspace is what has changed, and what was made of it.
type ExportedWorkspace struct {
	Workspace Workspace          `json:"workspace" doc:"that it is of"`
	Files     []WorkspaceChange  `json:"files" doc:"what has changed since it was sent, by path"`
	LeftOut   []WorkspaceLeftOut `json:"left_out,omitempty" doc:"what was not taken, because it could do harm on the host"`
	Stat      string             `json:"stat,omitempty" doc:"a diffstat, for people"`
	PatchSize int64              `json:"patch_bytes,omitempty" doc:"size of the patch"`
	Branch    string             `json:"branch,omitempty" doc:"that was made"`
	Commits   int                `json:"commits,omitempty" doc:"that are new in it"`
	Applied   int                `json:"applied,omitempty" doc:"files of the working tree that were changed"`
	Notices   []string           `json:"notices,omitempty" doc:"what one should know, a sentence each"`
}

// WorkspaceChange is one file that has changed.
type WorkspaceChange struct {
	Path    string `json:"path" doc:"relative; quoted as git does when it is not plain text"`
	Status  string `json:"status" enum:"A,M,D,T" doc:"added, modified, deleted, another type"`
	Mode    string `json:"mode" doc:"as git has it, in octal; 000000 when it is deleted"`
	Added   int    `json:"added" doc:"lines"`
	Deleted int    `json:"deleted" doc:"lines"`
	Binary  bool   `json:"binary,omitempty" doc:"it has no lines"`
}

// WorkspaceLeftOut is one file that was not taken.
type WorkspaceLeftOut struct {
	Path string `json:"path" doc:"as the guest names it; quoted as git does"`
	Why  string `json:"why" doc:"the reason"`
}
