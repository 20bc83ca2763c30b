// Package e2e runs banger as a user does: the real programs, real virtual
// machines, and after the last test a look at whether anything was left behind.
//
// One file a theme. Most tests share one host (see package harness) and one
// running VM; what damages something has a host of its own.
package e2e
