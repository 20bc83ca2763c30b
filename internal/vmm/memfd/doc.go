// Package memfd makes files that lie in memory, have no name, and that nobody can change any more, whoever
// has a descriptor of one: a process may map one privately and write to its own copy only.
//
// Holes stay holes: a file takes the memory of the data that is in it. It lives as long as somebody has it
// open or mapped.
package memfd
