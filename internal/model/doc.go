// Package model holds the records that banger keeps: images and virtual
// machines, as the store saves them and as the rooms of the daemon pass them on.
//
// A record says what the user wants (Spec) and what is durable about what came
// of it (Runtime). What can be observed, such as whether a process still lives,
// is never taken from here; it is asked of the machine's shim.
//
// The JSON names of Spec, Runtime and Stats are a file format: they are stored
// in the database and read by older and newer versions. A field is added, never
// renamed. The package has no logic beyond what keeps a record well formed and
// imports nothing of ours.
package model
