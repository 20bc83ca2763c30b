// Package clienttest stands in for a daemon and for a machine's shim and guest in
// tests of what talks to them: for faults that the real ones do not commit on
// demand, and for what is shown to a user. The real ones are driven by test/e2e.
package clienttest
