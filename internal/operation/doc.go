// Package operation carries the id of what somebody has asked for: from the request that the daemon answers, by
// way of contexts, into every line of its log, every error it gives, and the requests it makes of shims, which
// log it in turn. What a process does by itself has the id None.
package operation
