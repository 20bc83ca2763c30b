// Package client talks to banger's daemon and to the machines that it looks after.
//
// Connect gives a Client of this user's daemon. It starts the daemon when none
// answers, and replaces one whose program is older than the one it would start;
// machines live on through that. Dial only connects.
//
//	c, err := client.Connect(ctx, client.Options{Paths: p})
//	started, err := c.CreateVM(ctx, request, progress)
//	lease, err := client.Lease(ctx, started.VM)
//	exit, err := client.Exec(ctx, started.VM, client.Command{Args: args}, client.Streams{Stdout: os.Stdout}, nil)
//
// A method that can take long accepts a Progress, which may be nil; ending its
// context cancels the operation in the daemon too. An error that the daemon has
// answered is a *problem.Error with the daemon's code and remedy.
//
// Such a request is an operation in the daemon, by which other clients can look at it, follow and cancel it: Operations,
// FollowOperation, CancelOperation. Events tells of everything that happens.
//
// Commands in a guest do not pass through the daemon: Exec and Lease talk to the
// socket of the VM's shim, so they go on when the daemon ends.
//
// # Starting the daemon
//
// The program bangerd is looked for beside this executable and in
// ../libexec/banger from there. It is started as
//
//	bangerd --ready-fd 3
//
// in a session of its own, in the root folder, with its output appended to the
// daemon's log. On descriptor 3 it writes one line: "ready" once its socket answers,
// or an api.Problem in JSON when it has failed. A descriptor that is closed without one
// means that it crashed; the end of its log then tells more.
// Clients that find no daemon at the same moment take turns, so that one is started.
package client
