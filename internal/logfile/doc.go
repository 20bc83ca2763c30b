// Package logfile writes logs that cannot fill a disk, and reads them.
//
// A log is two files: the one being written, and the one before it, with ".1"
// added to its name. When the first reaches half of the cap it replaces the
// second, so together they never exceed the cap and the newest half of the cap is
// always there. What writes to a log may be hostile (a guest's console), so the
// cap holds whatever the rate or the length of a single write.
//
// A Reader reads both files as one, in this process or another: the last lines, and then what is
// added, over any rotation.
//
// # Stamps
//
// What Stamped writes has at the beginning of each line when that was begun, in
// UTC and in milliseconds:
//
//	2026-11-27T12:25:09.123Z Linux version 6.1.0
//
// Lines takes such text apart again. The stamp is put on by the host, so nothing
// that a guest prints can pass for one, except where a rotation has cut a line: the rest of that
// line has no stamp of its own and takes the one before it.
package logfile
