package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"banger/api"
	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/progress"
)

// keepEnded is how many operations that have ended can still be looked at.
const keepEnded = 100

// operations are the long requests of a daemon.
type operations struct {
	tell func(api.Event) // of each beginning and end

	mu    sync.Mutex
	byID  map[string]*running
	ended []string // oldest first
}

// running is one of them, also when it has ended.
type running struct {
	cancel context.CancelCauseFunc
	over   chan struct{}

	mu        sync.Mutex
	now       api.Operation
	listeners map[*listener]bool
}

func newOperations(tell func(api.Event)) *operations {
	return &operations{tell: tell, byID: make(map[string]*running)}
}

// begin registers an operation, whose id is ctx's, unless that one is under way already.
func (o *operations) begin(ctx context.Context, kind, target string) (context.Context, *running, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &running{cancel: cancel, over: make(chan struct{}), listeners: make(map[*listener]bool)}
	r.now = api.Operation{ID: operation.ID(ctx), Kind: kind, Target: target, State: "running", Started: time.Now().UTC()}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, there := o.byID[r.now.ID]; there {
		cancel(nil)
		return nil, nil, problem.New(problem.Taken, "there is an operation %q already", r.now.ID).WithRemedy("leave the choice of an id to the daemon")
	}
	o.byID[r.now.ID] = r
	o.announce(r.now)
	context.AfterFunc(ctx, func() { o.noteCancel(r) })
	return ctx, r, nil
}

// finish notes what came of it and tells who listens.
func (o *operations) finish(r *running, result any, failure *api.Problem) {
	name, data, listeners := r.close(result, failure)
	for _, l := range listeners {
		l.finish(name, data)
	}
	close(r.over)
	r.cancel(nil)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.announce(r.state())
	o.ended = append(o.ended, r.state().ID)
	if len(o.ended) > keepEnded {
		delete(o.byID, o.ended[0])
		o.ended = o.ended[1:]
	}
}

func (o *operations) announce(now api.Operation) {
	e := api.Event{Kind: "operation", Action: now.State, Name: now.Kind + " " + now.Target, Ref: now.ID, Operation: now.ID}
	if now.Problem != nil {
		e.Detail = now.Problem.Detail
	}
	o.tell(e)
}

// close makes the operation one that has ended, and gives who hears of that. Nobody begins to listen any more.
func (r *running) close(result any, failure *api.Problem) (name string, data any, listeners []*listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Ended, r.now.Progress, r.now.Problem = time.Now().UTC(), nil, failure
	listeners = slices.Collect(maps.Keys(r.listeners))
	switch {
	case failure == nil:
		r.now.State, r.now.Result = "done", mustJSON(result)
		return "result", result, listeners
	case failure.Code == string(problem.Canceled):
		r.now.State = "canceled"
	default:
		r.now.State = "failed"
	}
	return "error", failure, listeners
}

// mustJSON is of the API's own types, which can all be written as JSON.
func mustJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// progress is the sink of an operation.
func (r *running) progress(p progress.Event) {
	word := api.Progress{Phase: p.Phase, Message: p.Message, Done: p.Done, Total: p.Total, Unit: p.Unit}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Progress = &word
	for l := range r.listeners {
		l.progress(word)
	}
}

// listen has l hear of an operation until it ends, at once if it has ended.
func (r *running) listen(l *listener) {
	r.mu.Lock()
	now := r.now
	if now.Ended.IsZero() {
		r.listeners[l] = true
	}
	r.mu.Unlock()
	switch {
	case now.Problem != nil:
		l.finish("error", now.Problem)
	case !now.Ended.IsZero():
		l.finish("result", now.Result)
	case now.Progress != nil:
		l.progress(*now.Progress)
	}
}

// forget has l hear no more.
func (r *running) forget(l *listener) {
	r.mu.Lock()
	delete(r.listeners, l)
	r.mu.Unlock()
	l.leave()
}

func (r *running) state() api.Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// noteCancel notes that an operation was told to end and undoes what it did.
func (o *operations) noteCancel(r *running) {
	r.mu.Lock()
	lives := r.now.Ended.IsZero()
	if lives {
		r.now.State = "canceling"
	}
	r.mu.Unlock()
	if lives {
		o.announce(r.state())
	}
}

var errCanceled = problem.New(problem.Canceled, "it was canceled by another request")

// list gives what is under way, oldest first, or everything that is known.
func (o *operations) list(all bool) []api.Operation {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []api.Operation{}
	for _, r := range o.byID {
		if now := r.state(); all || now.Ended.IsZero() {
			list = append(list, now)
		}
	}
	slices.SortFunc(list, func(a, b api.Operation) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (o *operations) find(id string) (*running, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.byID[id]; r != nil {
		return r, nil
	}
	return nil, problem.New(problem.NotFound, "no operation has the id %.64q", id).
		WithRemedy("banger operations lists what is under way")
}
