package daemon

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
)

// description is what the document says about an operation beside its types.
type description struct {
	id, tag string // the id is a stable word, also in the metrics
	summary string
	// description is for what the summary and the types leave open.
	description string
	errors      []int
	// result is what a request that can take long answers with; nil for others.
	result any
	// special is the answer to a good request that is neither JSON nor events.
	special *special
}

type special struct {
	status string
	huma.Response
}

var tags = []*huma.Tag{
	{Name: "system", Description: "The daemon itself."},
	{Name: "operations", Description: "Requests that can take long, while they are under way and for a while afterwards; and what happens."},
	{Name: "vms", Description: "Virtual machines. {ref} is a name, an id, or a prefix of an id that no other VM has."},
	{Name: "workspaces", Description: "A repository or folder of the host in a VM's guest, and its changes on the way back."},
	{Name: "snapshots", Description: "VMs as they were at one moment, kept under a name."},
	{Name: "images", Description: "Root file systems that VMs share."},
	{Name: "kernels", Description: "Guest kernels."},
}

// streamed is an answer of server-sent events.
func streamed(what string) huma.Response {
	return huma.Response{Description: what, Content: map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeString, Description: "the events"}}}}
}

// meanings explains the statuses of errors; the code of the Problem says more.
var meanings = map[int]string{
	http.StatusBadRequest:          "The request can never succeed as it stands: code invalid.",
	http.StatusForbidden:           "The client may not use this daemon: code invalid.",
	http.StatusNotFound:            "What it refers to does not exist: code not_found.",
	http.StatusConflict:            "Not in this state, in use, or the name exists or is ambiguous: code conflict, taken or ambiguous.",
	http.StatusUnprocessableEntity: "The request does not fit its schema: code invalid.",
	http.StatusInternalServerError: "A defect of banger's, or a damaged file: code internal or damaged.",
	http.StatusBadGateway:          "The guest failed: code guest.",
	http.StatusServiceUnavailable:  "The host lacks something: code unavailable.",
	http.StatusGatewayTimeout:      "A deadline passed: code timeout.",
	http.StatusInsufficientStorage: "Disk, memory, addresses or a quota is used up: code exhausted.",
	statusGone:                     "The client gave up, or the daemon was told to end: code canceled.",
}

// Which errors kinds of operations have; what is not listed can still come, as a default answer.
var (
	ofLook   = []int{404, 409, 500}
	ofName   = []int{404, 500}
	ofChange = []int{400, 404, 409, 422, 499, 500, 502, 504, 507}
	ofMake   = []int{400, 404, 409, 422, 499, 500, 502, 503, 504, 507}
	ofDelete = []int{404, 409, 500}
)

// descriptions has every operation of the API.
var descriptions = map[string]description{
	"GET /v1/version": {id: "get-version", tag: "system", summary: "Name the daemon's build", errors: []int{500}},
	"GET /v1/status": {
		id: "get-status", tag: "system", summary: "Tell how the daemon is", errors: []int{500},
		description: "Also the handshake: a client replaces a daemon whose program is older than the one that it would start.",
	},
	"POST /v1/shutdown": {
		id: "shut-down", tag: "system", summary: "End the daemon", errors: []int{422, 499, 500, 502, 504}, result: struct{}{},
		description: "VMs run on unless vms is set. The daemon ends after it has answered.",
	},
	"GET /v1/system/df": {id: "get-disk-usage", tag: "system", summary: "Tell what takes the disk's space", errors: []int{500}},
	"POST /v1/system/prune": {
		id: "prune-system", tag: "system", summary: "Remove what can be made anew", errors: []int{409, 499, 500, 504}, result: api.Pruned{},
	},
	"GET /v1/operations":      {id: "list-operations", tag: "operations", summary: "List operations, oldest first", errors: []int{422, 500}},
	"GET /v1/operations/{id}": {id: "get-operation", tag: "operations", summary: "Show an operation", errors: []int{404, 500}},
	"POST /v1/operations/{id}/cancel": {
		id: "cancel-operation", tag: "operations", summary: "Cancel an operation", errors: []int{404, 499, 500},
		description: "The answer comes once what it had done is undone. One that has ended is left alone.",
	},
	"GET /v1/operations/{id}/events": {
		id: "follow-operation", tag: "operations", summary: "Follow an operation until it ends", errors: []int{404, 500},
		special: &special{"200", streamed("Server-sent events, as of the request itself: any number of progress (Progress), then one result or one error (Problem).")},
	},
	"GET /v1/events": {
		id: "follow-events", tag: "operations", summary: "Be told of what happens", errors: []int{422, 500},
		special: &special{"200", streamed("Server-sent events from now on, each an Event and named by its kind. One named lost comes last, when the client has not read for long.")},
	},
	"GET /v1/vms": {id: "list-vms", tag: "vms", summary: "List every VM, oldest first", errors: []int{500}},
	"POST /v1/vms": {
		id: "create-vm", tag: "vms", summary: "Make a VM and, if asked, start it", errors: ofMake, result: api.Started{},
		description: "A default image or kernel that is missing is made first.",
	},
	"GET /v1/vms/{ref}":        {id: "get-vm", tag: "vms", summary: "Show a VM", errors: append(ofLook, 422)},
	"DELETE /v1/vms/{ref}":     {id: "delete-vm", tag: "vms", summary: "Delete a VM and its disks", errors: append(ofDelete, 422)},
	"GET /v1/vms/{ref}/health": {id: "get-vm-health", tag: "vms", summary: "Ask a running VM's guest how it is", errors: append(ofLook, 502)},
	"GET /v1/vms/{ref}/ports":  {id: "list-vm-ports", tag: "vms", summary: "List what listens in a running VM's guest", errors: append(ofLook, 502, 503)},
	"GET /v1/vms/{ref}/stats":  {id: "get-vm-stats", tag: "vms", summary: "Tell what a running VM uses", errors: append(ofLook, 502)},
	"GET /v1/vms/{ref}/logs": {
		id: "get-vm-logs", tag: "vms", summary: "Read a VM's log", errors: append(ofLook, 422),
		description: "The guest wrote most of it: nothing may be believed, and control characters must not reach a terminal.",
		special: &special{"200", huma.Response{Description: "The log, as far as it goes or, with follow, until the machine ends.", Content: map[string]*huma.MediaType{
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString, Description: "lines of the log"}},
		}}},
	},
	"GET /v1/vms/{ref}/network/log": {
		id: "get-vm-network-log", tag: "vms", summary: "Read what a VM's guest reached, and what it was refused", errors: append(ofLook, 422),
		special: &special{"200", huma.Response{Description: "The entries, as far as they go or, with follow, until the machine ends.", Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString, Description: "a NetworkEvent on each line"}},
		}}},
	},
	"GET /v1/vms/{ref}/network/check": {
		id: "check-vm-network", tag: "vms", summary: "Say what a VM's rules would do with a URL, and by which", errors: append(ofLook, 422),
		description: "The name's addresses are asked for outside if the rules allow that. Nothing is connected to, and the VM need not run.",
	},
	"GET /v1/vms/{ref}/exec": {
		id: "exec-vm", tag: "vms", summary: "Run a command in a running VM over a WebSocket", errors: []int{400, 403, 404, 409, 422, 500, 502, 504},
		description: "The subprotocol is v5.channel.k8s.io, as in Kubernetes' remotecommand: the first byte of each binary message is its channel. " +
			"0 is standard input, 1 standard output, 2 standard error, 3 the end (ExecStatus, the last message), 4 the terminal's size (ExecSize), " +
			"5 a signal (ExecKill; not of Kubernetes), and 255 followed by a channel's number says that the channel ends. " +
			"A client that goes away ends the command. A signal comes after the input that was sent before it.",
		special: &special{"101", huma.Response{Description: "The connection is a WebSocket from here on."}},
	},
	"POST /v1/vms/{ref}/publish": {
		id: "publish-vm-port", tag: "vms", summary: "Have a port of this host lead to a VM", errors: ofChange, result: api.PublishedPort{},
		description: "It does so after each start of the VM, too. A port that something else has is refused.",
	},
	"POST /v1/vms/{ref}/unpublish": {id: "unpublish-vm-port", tag: "vms", summary: "Have a port of this host lead to a VM no more", errors: ofChange, result: api.VM{}},
	"POST /v1/vms/{ref}/start":     {id: "start-vm", tag: "vms", summary: "Start a VM", errors: ofMake, result: api.Started{}},
	"POST /v1/vms/{ref}/stop": {
		id: "stop-vm", tag: "vms", summary: "Have a VM's guest power off", errors: ofChange, result: api.VM{},
		description: "A guest that does not do it in time is killed.",
	},
	"POST /v1/vms/{ref}/restart": {
		id: "restart-vm", tag: "vms", summary: "Stop a VM as stop does, and start it", errors: ofMake, result: api.Started{},
	},
	"POST /v1/vms/{ref}/pause":  {id: "pause-vm", tag: "vms", summary: "Have a VM's processors stand still", errors: ofChange, result: api.VM{}},
	"POST /v1/vms/{ref}/resume": {id: "resume-vm", tag: "vms", summary: "Have a paused VM go on", errors: ofChange, result: api.VM{}},
	"PATCH /v1/vms/{ref}": {
		id: "set-vm", tag: "vms", summary: "Change what a VM is to be", errors: []int{400, 404, 409, 422, 500, 507},
		description: "Name, net and expose count at once, other things from the next start on.",
	},
	"POST /v1/vms/{ref}/kill": {id: "kill-vm", tag: "vms", summary: "End a VM by a signal to its engine", errors: ofChange, result: api.VM{}},
	"POST /v1/vms/{ref}/fork": {id: "fork-vm", tag: "vms", summary: "Make running copies of a running VM", errors: ofMake, result: api.Forks{}},
	"POST /v1/workspace/plan": {
		id: "plan-workspace", tag: "workspaces", summary: "List what would go into a guest", errors: ofMake, result: api.WorkspacePlan{},
	},
	"POST /v1/vms/{ref}/workspace": {
		id: "prepare-workspace", tag: "workspaces", summary: "Put a repository into a running VM, or bring it up to date", errors: ofMake, result: api.PreparedWorkspace{},
		description: "What the guest has changed and nobody has exported is not overwritten, unless force is set.",
	},
	"GET /v1/vms/{ref}/workspace/status": {
		id: "get-workspace-status", tag: "workspaces", summary: "Tell whether the repository has moved on", errors: ofLook,
	},
	"GET /v1/vms/{ref}/workspace/changes": {
		id: "get-workspace-changes", tag: "workspaces", summary: "Ask a running VM's guest what has changed", errors: append(ofLook, 502),
	},
	"POST /v1/vms/{ref}/workspace/export": {
		id: "export-workspace", tag: "workspaces", summary: "Bring the changes of a running VM's guest out", errors: ofMake, result: api.ExportedWorkspace{},
		description: "Without any wish it only lists them. Nothing that the guest wrote is run or obeyed on the host.",
	},
	"GET /v1/vms/{ref}/workspace/patch": {
		id: "get-workspace-patch", tag: "workspaces", summary: "Read the patch that the latest export has made", errors: ofLook,
		description: "Control characters in it must not reach a terminal.",
		special: &special{"200", huma.Response{Description: "The patch, as git makes one, binary files included.", Content: map[string]*huma.MediaType{
			"text/x-patch": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "the patch"}},
		}}},
	},
	"GET /v1/snapshots":           {id: "list-snapshots", tag: "snapshots", summary: "List every snapshot, oldest first", errors: []int{500}},
	"GET /v1/snapshots/{name}":    {id: "get-snapshot", tag: "snapshots", summary: "Show a snapshot", errors: ofName},
	"DELETE /v1/snapshots/{name}": {id: "delete-snapshot", tag: "snapshots", summary: "Delete a snapshot", errors: ofDelete},
	"POST /v1/vms/{ref}/snapshots": {
		id: "snapshot-vm", tag: "snapshots", summary: "Keep what a VM is now under a name", errors: ofMake, result: api.Snapshot{},
	},
	"POST /v1/vms/{ref}/restore": {
		id: "restore-vm", tag: "snapshots", summary: "Make a VM what it was", errors: ofMake, result: api.Restored{},
		description: "What is there is kept as another snapshot first, unless force is set.",
	},
	"GET /v1/images":           {id: "list-images", tag: "images", summary: "List every image, oldest first", errors: []int{500}},
	"POST /v1/images":          {id: "build-image", tag: "images", summary: "Build an image from the host's Debian archive", errors: ofMake, result: api.Image{}},
	"GET /v1/images/{name}":    {id: "get-image", tag: "images", summary: "Show an image", errors: ofName},
	"DELETE /v1/images/{name}": {id: "delete-image", tag: "images", summary: "Delete an image that no VM uses", errors: ofDelete},
	"POST /v1/images/{name}/warm": {
		id: "warm-image", tag: "images", summary: "Make the template that VMs of a shape are forked from", errors: ofMake, result: struct{}{},
	},
	"GET /v1/kernels": {id: "list-kernels", tag: "kernels", summary: "List every kernel, by name", errors: []int{500}},
	"POST /v1/kernels/available": {
		id: "list-available-kernels", tag: "kernels", summary: "List the kernels of the host's archive", errors: []int{499, 500, 503}, result: api.KernelOffers{},
		description: "It asks the archive, which can take a while.",
	},
	"POST /v1/kernels/pull":     {id: "pull-kernel", tag: "kernels", summary: "Fetch the newest kernel of the host's archive", errors: ofMake, result: api.Kernel{}},
	"POST /v1/kernels/import":   {id: "import-kernel", tag: "kernels", summary: "Make a kernel from files of the host", errors: ofMake, result: api.Kernel{}},
	"GET /v1/kernels/{name}":    {id: "get-kernel", tag: "kernels", summary: "Show a kernel", errors: ofName},
	"DELETE /v1/kernels/{name}": {id: "delete-kernel", tag: "kernels", summary: "Delete a kernel that no VM uses", errors: ofDelete},
}
