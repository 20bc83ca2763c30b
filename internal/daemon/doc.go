// Package daemon is bangerd: the rooms put together, and an HTTP server over them
// on a Unix socket (see package api for what it serves).
//
// Run is its whole life. It takes the state folder's lock, so that no two daemons
// work on one, opens the database, makes every record say what is so
// (vm.Fleet.Reconcile), listens, and serves until it is told to end by SIGTERM, SIGINT or a
// request. Then long requests are cancelled, short ones finish, and machines run on:
// their shims are processes of their own.
//
// There is no domain logic here. A handler turns a wire type into a call of a
// room and what comes back into a wire type. Every error, also one about an unknown path or
// a malformed body, becomes an api.Problem.
//
// Commands over WebSockets (exec.go and its neighbours) pass through here, and end with the daemon; those of
// package client do not. What the API is, beside its types, stands in operations.go, from which /openapi.json and
// docs/openapi.json are made. What Prometheus is told at /metrics is in metrics.go.
package daemon
