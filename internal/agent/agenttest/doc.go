// Package agenttest gives tests a real agent, as a process of this host: what it does to files and processes, it does here.
//
// An agent reaps every child of its process, so it gets one of its own: the test program again. A package that wants one has
//
//	func TestMain(m *testing.M) { agenttest.Main(m) }
package agenttest
