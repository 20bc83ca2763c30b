// Package web finds out whether a server speaks HTTP, so that a user can be shown a URL.
//
// It has to ask, and a server of another protocol may take the question amiss: MySQL locks out who errs too often, Redis logs an attack. So
// servers are asked only when a user wants to know, and not at ports that are known for something else (MayAsk).
//
// The server is a guest's, and may be hostile: it has one second for everything, a few bytes of its answer are looked at, and what its
// certificate says is not believed and does not matter.
package web
