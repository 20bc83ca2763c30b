// Package relay joins two connections: what one gives the other gets, with half-close and resets as they come.
//
//   - The end of one direction is passed on and leaves the other open.
//   - A failure of either resets both, so that no side takes an aborted stream for a complete one.
//   - A connection on which nothing moves holds no buffer: thousands of idle ones cost little.
package relay
