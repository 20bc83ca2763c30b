// Package machine is what has neither name nor row: a folder with two disks, a
// shim that runs an engine on them, and a guest that has been configured or not.
//
// A Host knows where folders and sockets lie; Machine gives the one of an id,
// whether anything is there or not. Everything about a machine that can be
// observed is observed through its shim; nothing is kept in memory, so a daemon
// that has just started knows as much as one that started the machine.
//
//	CreateDisks   undone by RemoveFiles; so is CloneDisks
//	Start         undone by Kill
//	Configure     tells a generic guest who it is
//	Snapshot      copies it while it runs; another can Start from that
//	CopyDisks     copies it while it does not
//	StageDisks    undone by DropStaged, until ReplaceDisks, which is not undone but finished
//	MarkSpare     makes the folder of one that is nobody's; Claim and Keep make it somebody's
//	Watch         waits for the end
//
// A machine's folder holds system.ext4 and work.ext4, launch.json, and what the
// shim writes (see package shim); for a while also "spare" (nobody has claimed it), and
// *.restored and "replacing" (its disks are being replaced). All of it goes by name with RemoveFiles.
package machine
