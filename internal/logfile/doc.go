// Package logfile writes logs that cannot fill a disk.
//
// A log is two files: the one being written, and the one before it, with ".1"
// added to its name. When the first reaches half of the cap it replaces the
// second, so together they never exceed the cap and the newest half of the cap is
// always there. What writes to a log may be hostile (a guest's console), so the
// cap holds whatever the rate or the length of a single write.
package logfile
