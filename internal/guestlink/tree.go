package guestlink

// TreePut announces the files of a workspace. What follows is a copy to the guest: a stream of files (package tree). Entries
// are obeyed in their order. Those of mode Gone take away what is there, and folders that become empty. What is not Aside is
// remembered in Record, with its sum and how the file then looked. The host's last word (CopyEnd.Tree) names
// the tree that the workspace is then, for TreeChanges to tell as its Base. A file for which a folder is in the way that is not empty ends it, with CodeOccupied.
type TreePut struct {
	Path   string `json:"path"`             // the workspace's folder, absolute
	Record string `json:"record"`           // the file in which the agent remembers it, absolute
	Commit string `json:"commit,omitempty"` // that the repository is at, for TreeChanges to tell
	// Fresh refuses a folder that has anything in it, with CodeOccupied; otherwise what is there and not named stays.
	Fresh bool `json:"fresh,omitempty"`
}

// TreeChanges asks what has become of a workspace since the last TreePut. The answer is a Tree; what follows is a copy from the
// guest: a list of entries without contents, first of what is remembered and has another content, another mode or is Gone,
// then of new files, whose Sum is not set.
type TreeChanges struct {
	Path   string `json:"path"`
	Record string `json:"record"`
}

// Tree says how a workspace is. The guest is free to lie.
type Tree struct {
	Base   string `json:"base"`             // of the last TreePut that came to its end; empty when there is none
	Commit string `json:"commit,omitempty"` // likewise
	// Torn says that a later TreePut was cut off.
	Torn bool `json:"torn,omitempty"`
	// Head is the commit that the guest's repository is at: Commit if nothing has changed in its .git, else what its
	// git says; empty when git is not there or has none.
	Head string `json:"head,omitempty"`
	// Walked says that nobody asked git which new files are ignored: all are listed.
	Walked bool `json:"walked,omitempty"`
}

// TreeGet asks for files of a workspace. The host then sends their names, as a copy to the guest that is a list of entries, and the agent
// a stream of files: an entry for each, Gone if it is not there.
type TreeGet struct {
	Path string `json:"path"`
}
