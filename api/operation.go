package api

import (
	"encoding/json"
	"time"
)

// Operation is a long request: while it is under way, and for a while afterwards.
type Operation struct {
	ID       string          `json:"id" doc:"that of the request: the answer's header Banger-Operation"`
	Kind     string          `json:"kind" doc:"what is done, such as start-vm"`
	Target   string          `json:"target,omitempty" doc:"to what, as the request named it"`
	State    string          `json:"state" enum:"running,canceling,done,failed,canceled" doc:"where it stands"`
	Started  time.Time       `json:"started_at" doc:"when it began"`
	Ended    time.Time       `json:"ended_at,omitzero" doc:"when it ended"`
	Progress *Progress       `json:"progress,omitempty" doc:"its latest word"`
	Result   json.RawMessage `json:"result,omitempty" doc:"what the plain answer of the request would be, once it is done"`
	Problem  *Problem        `json:"problem,omitempty" doc:"why it failed or what ended it"`
}

// OperationList is what is under way, oldest first; with ?all=true also what has ended lately.
type OperationList struct {
	Operations []Operation `json:"operations" doc:"every one that was asked for"`
}

// Event is one thing that has happened.
type Event struct {
	ID        int64     `json:"id" doc:"counts up from 1 for each daemon"`
	Time      time.Time `json:"time" doc:"when it happened"`
	Kind      string    `json:"kind" enum:"vm,image,kernel,snapshot,operation" doc:"of what it happened to"`
	Action    string    `json:"action" doc:"of a VM: the state that it is in now, deleted, or changed; of others: created, deleted; of an operation: running, canceling, done, failed, canceled"`
	Name      string    `json:"name" doc:"of what it happened to"`
	Ref       string    `json:"ref,omitempty" doc:"id of the VM, image, snapshot or operation"`
	Operation string    `json:"operation,omitempty" doc:"id of the request that brought it about"`
	Detail    string    `json:"detail,omitempty" doc:"why"`
}
