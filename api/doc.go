// Package api holds the wire types of banger's HTTP API, version v1.
//
// The API is served on a Unix socket that only its owner and root may use. Bodies
// are JSON; an error is application/problem+json (RFC 9457) with a stable code and
// a remedy (Problem). A request that can take long answers with its result when it
// is done, or, when the client sends "Accept: text/event-stream", with server-sent
// events: any number of "progress" (Progress), then one "result" (what the plain
// answer would be) or one "error" (Problem). Closing the connection cancels it; a client
// that closes only its sending half still hears the last event, which comes when
// what had been done is undone.
//
// Such a request is an operation, which others can look at, follow and cancel. With the header "Prefer: respond-async"
// (RFC 7240) it does not end with its connection: the answer is 202 with the Operation and its Location.
// Every answer has the id of its request in the header Banger-Operation, and so have errors and the lines of
// the logs; a client may choose it by sending that header.
//
//	GET    /v1/version                      Version
//	GET    /v1/status                       Status; the handshake
//	POST   /v1/shutdown                     ?vms=true stops the VMs first  (long)
//	GET    /v1/operations                   OperationList; ?all=true
//	GET    /v1/operations/{id}              Operation
//	GET    /v1/operations/{id}/events       server-sent events, as of the request itself
//	POST   /v1/operations/{id}/cancel       Operation, once it has ended
//	GET    /v1/events                       server-sent events: an Event each; ?kind=vm. One named "lost" comes last, when
//	                                        the client has not read for long
//	GET    /v1/system/df                    DiskUsage
//	POST   /v1/system/prune                 Pruned            (long)
//	GET    /v1/vms                          VMList
//	POST   /v1/vms                CreateVM  Started           (long)
//	GET    /v1/vms/{ref}                    VM; ?usage=true
//	PATCH  /v1/vms/{ref}          SetVM     VM
//	DELETE /v1/vms/{ref}                    ?force=true
//	POST   /v1/vms/{ref}/start              Started           (long)
//	POST   /v1/vms/{ref}/stop     StopVM    VM                (long)
//	POST   /v1/vms/{ref}/restart  StopVM    Started           (long)
//	POST   /v1/vms/{ref}/pause              VM
//	POST   /v1/vms/{ref}/resume             VM
//	POST   /v1/vms/{ref}/fork     ForkVM    Forks             (long)
//	POST   /v1/vms/{ref}/snapshots SnapshotVM Snapshot        (long)
//	POST   /v1/vms/{ref}/restore  RestoreVM Restored          (long)
//	POST   /v1/vms/{ref}/kill     KillVM    VM
//	GET    /v1/vms/{ref}/health             Health
//	GET    /v1/vms/{ref}/ports              PortList
//	GET    /v1/vms/{ref}/stats              Stats
//	GET    /v1/vms/{ref}/exec               a WebSocket; ?command=A&command=B&env=N=V&dir=D&user=U&tty=true&rows=N&cols=N&stdin=true&timeout_ms=N
//	GET    /v1/vms/{ref}/logs               text; ?tail=N&since=TIME&follow=true&engine=true&stamps=true
//	POST   /v1/workspace/plan     WorkspaceSource WorkspacePlan (long)
//	POST   /v1/vms/{ref}/workspace PrepareWorkspace PreparedWorkspace (long)
//	GET    /v1/vms/{ref}/workspace/status   WorkspaceStatus
//	GET    /v1/vms/{ref}/workspace/changes  WorkspaceChanges
//	POST   /v1/vms/{ref}/workspace/export ExportWorkspace ExportedWorkspace (long)
//	GET    /v1/vms/{ref}/workspace/patch    text, of the latest export
//	GET    /v1/snapshots                    SnapshotList
//	GET    /v1/snapshots/{name}             Snapshot
//	DELETE /v1/snapshots/{name}
//	GET    /v1/images                       ImageList
//	POST   /v1/images             BuildImage Image            (long)
//	GET    /v1/images/{name}                Image
//	DELETE /v1/images/{name}
//	POST   /v1/images/{name}/warm WarmImage (nothing)         (long)
//	GET    /v1/kernels                      KernelList
//	POST   /v1/kernels/available            KernelOffers      (long)
//	POST   /v1/kernels/pull       PullKernel Kernel           (long)
//	POST   /v1/kernels/import     ImportKernel Kernel         (long)
//	GET    /v1/kernels/{name}               Kernel
//	DELETE /v1/kernels/{name}
//	GET    /openapi.json                    all of this as OpenAPI 3.1; docs/openapi.json is a copy
//	GET    /metrics                         text, for Prometheus
//
// The daemon ends after it has answered a shutdown.
//
// The daemon serves up to 1024 connections at a time; when there are more, those without a request are closed,
// the longest quiet first, and if that is not enough, new ones wait. A body has at most 1 MiB. There is no HEAD.
//
// # Commands
//
// Commands of package client, and copies into a guest and out of it, do not go through the daemon: VM.Socket names the socket of
// the VM's shim, which speaks the stream protocol of that package. For clients in other languages there is
// GET /v1/vms/{ref}/exec, upgraded to a WebSocket with the subprotocol v5.channel.k8s.io of Kubernetes' remotecommand, so that its
// clients' framing can be used. Every message is binary; its first byte is the channel:
//
//	  0  to the command    standard input; only with ?stdin=true
//	  1  of the command    standard output; with ?tty=true everything that it writes
//	  2  of the command    standard error
//	  3  of the daemon     ExecStatus in JSON: how it ended. One, and the last message
//	  4  to the command    ExecSize in JSON, {"Width":80,"Height":25}: the terminal's new size
//	  5  to the command    ExecKill in JSON, {"signal":"INT"}. Not of Kubernetes
//	255  to the daemon     one byte, 0: standard input ends
//
// An empty message means nothing. A message on a channel not in this list, a text message, or JSON that
// is none ends the command, and the WebSocket with status 1002. Messages of the daemon have at most 32 KiB; those of standard input may
// be of any length, others of 4 KiB.
//
// What cannot begin is answered by a Problem instead of the upgrade: an unknown VM (404), one that does not
// run (409), another subprotocol (400), an Origin header, which browsers send (403). What ends later is told by the status:
//
//	{"metadata":{},"status":"Success"}
//	{"metadata":{},"status":"Failure","reason":"NonZeroExitCode","message":"...","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}
//	{"metadata":{},"status":"Failure","reason":"guest","message":"...","code":502}
//
// The exit code is the command's own; 128+N when signal N ended it (and a cause Signal); 124 after timeout_ms (Timeout); 127 and 126 when
// the guest did not find it or cannot execute it (NotFound, NotExecutable). Any other reason is the code of a Problem, and the command ended or never ran.
// Then the WebSocket is closed: 1000 when the command ended, 1001 when the daemon was told to end, 1002 as above, 1011 for other failures.
//
// Nothing is stored for whoever is slow: a client that does not read makes the command wait, and a command that does not read
// makes the client wait; a signal or size comes after the input that was sent before it, so a client that means to send signals sends no more input
// than the command takes. The daemon pings every 15 s, and demands no answer. A client that goes away, with or without closing, ends the command, and so
// does the daemon's end. A client that means its command to outlive the daemon uses VM.Socket.
//
// The package has no logic. Fields are added, never renamed.
package api
