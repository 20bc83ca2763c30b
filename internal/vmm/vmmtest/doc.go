// Package vmmtest holds every engine to what package vmm promises.
//
// An engine's tests call Main from TestMain and Run from a test:
//
//	func TestMain(m *testing.M) { vmmtest.Main(m, newEngine) }
//
//	func TestConformance(t *testing.T) {
//		vmmtest.Run(t, vmmtest.Subject{New: newEngine, ...})
//	}
//
// The machines are real: they boot, their agent answers, commands run in them. They
// have no root file system; the program test/probe lies in their initramfs. TestParts gives
// what they boot from. After each case nothing may be left: no process, no descriptor,
// no goroutine of the engine's.
//
// For the parent's death, Main lets the test program be started again as a process
// that starts a machine and is then killed.
package vmmtest
