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
//	GET    /v1/vms/{ref}/logs               text; ?tail=N&since=TIME&follow=true&engine=true&stamps=true
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
//
// The daemon ends after it has answered a shutdown.
//
// Commands in a guest, and copies into it and out of it, do not go through the daemon: VM.Socket names the socket of
// the VM's shim, which speaks the stream protocol of package client.
//
// The package has no logic. Fields are added, never renamed.
package api
