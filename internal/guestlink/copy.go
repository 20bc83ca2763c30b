package guestlink

// CopyFrom asks for a file or folder of the guest's, as package archive packs it.
type CopyFrom struct {
	// Path is relative to the home of root unless it is absolute.
	Path     string `json:"path"`
	Preserve bool   `json:"preserve,omitempty"` // times to the nanosecond
}

// Source is what a CopyFrom will send.
type Source struct {
	Dir  bool  `json:"dir"`
	Size int64 `json:"size"` // of a file, in bytes
}

// CopyTo announces a file or folder for the guest.
type CopyTo struct {
	// Path is where it goes, as with CopyFrom. If it is a folder, what comes is written into it and called Base.
	Path string `json:"path"`
	Base string `json:"base,omitempty"`
	Dir  bool   `json:"dir,omitempty"`
	// Tar says that any tar stream comes, to be unpacked into the folder at Path.
	Tar      bool `json:"tar,omitempty"`
	Preserve bool `json:"preserve,omitempty"` // modes and times
	Owners   bool `json:"owners,omitempty"`   // and owners
}

// CopyEnd is the last word of the side that sent, and then of a guest that took.
type CopyEnd struct {
	Error   *Error `json:"error,omitempty"`
	LeftOut int    `json:"left_out,omitempty"` // devices, pipes, sockets, and what the kernel makes up
	Tree    string `json:"tree,omitempty"`     // of a TreePut: names the tree that was sent
}
