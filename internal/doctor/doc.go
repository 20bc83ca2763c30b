// Package doctor reports whether this host can run banger, and how banger's own
// things are: "bangerd doctor", and behind it "banger doctor".
//
// Looking changes nothing: no folder is made, no database migrated, no daemon
// started, no lock taken. It works when the daemon cannot start or hangs, when the database
// or the configuration is damaged, and when nothing of banger's exists yet. What hangs holds up
// its own row, for some seconds, and no other.
//
// Each check is a function of its own that gives rows. A row has a stable code
// (the check's, for scripts), a status, what was found, and one remedy when
// something is amiss:
//
//	ok     as it should be
//	warn   banger works, but less well, or something wants a look
//	fail   a VM cannot be started, or something is damaged
//
// docs/doctor.md has a line for every code. The questions about kernels, images, engine and tools are the ones that the
// start of a VM asks, put by the same functions.
package doctor
