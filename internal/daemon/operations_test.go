package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/step"
)

// held makes a daemon whose next start of a VM waits until let is called.
func held(t *testing.T) (i *instance, reached <-chan struct{}, let func()) {
	t.Helper()
	i, _ = furnished(t)
	started, goOn := make(chan struct{}), make(chan struct{})
	restore := step.SetFault("configure its guest", func() error { close(started); <-goOn; return nil })
	var done bool
	let = func() {
		if !done {
			done = true
			close(goOn)
		}
	}
	t.Cleanup(func() { let(); restore() })
	return i, started, let
}

func toStart(name string) api.CreateVM {
	return small(func(c *api.CreateVM) { c.Name, c.Start = name, true })
}

// TestAnOperationOutlivesItsRequest: it is listed while it is under way, its result is there afterwards.
func TestAnOperationOutlivesItsRequest(t *testing.T) {
	i, reached, let := held(t)
	resp, text := i.call(http.MethodPost, "/v1/vms", toStart("web"), "Prefer", "wait=1, respond-async", operationHeader, "mine")
	var op api.Operation
	if err := json.Unmarshal([]byte(text), &op); err != nil || resp.StatusCode != http.StatusAccepted || op.State != "running" || op.ID != "mine" ||
		resp.Header.Get("Location") != "/v1/operations/mine" || resp.Header.Get(operationHeader) != "mine" {
		t.Fatalf("%s %v %s", resp.Status, resp.Header, text)
	}
	i.within(reached)
	if got := get200[api.OperationList](i, "/v1/operations").Operations; len(got) != 1 || got[0].ID != "mine" || got[0].Progress == nil {
		t.Errorf("under way: %+v", got)
	}
	resp, text = i.call(http.MethodPost, "/v1/vms", toStart("db"), operationHeader, "mine")
	wantProblem(t, resp, text, http.StatusConflict, problem.Taken)
	let()
	events := i.events("/v1/operations/mine/events")
	if last := events[len(events)-1]; last.name != "result" || !strings.Contains(last.data, `"name":"web"`) {
		t.Errorf("events %q", events)
	}
	op = get200[api.Operation](i, "/v1/operations/mine")
	if op.State != "done" || op.Ended.IsZero() || !strings.Contains(string(op.Result), `"name":"web"`) {
		t.Errorf("afterwards: %+v", op)
	}
	if again := i.events("/v1/operations/mine/events"); len(again) != 1 || again[0].data != string(op.Result) {
		t.Errorf("events of what has ended: %q", again)
	}
	if got := get200[api.OperationList](i, "/v1/operations").Operations; len(got) != 0 {
		t.Errorf("under way at the end: %+v", got)
	}
	if got := get200[api.OperationList](i, "/v1/operations?all=true").Operations; len(got) != 1 {
		t.Errorf("known at the end: %+v", got)
	}
}

// TestAnOperationIsCanceledByAnother: what it did is undone by the time of the answer.
func TestAnOperationIsCanceledByAnother(t *testing.T) {
	i, reached, let := held(t)
	i.call(http.MethodPost, "/v1/vms", toStart("web"), "Prefer", "respond-async", operationHeader, "mine")
	i.within(reached)
	go func() {
		i.eventually("it is being canceled", func() bool { return get200[api.Operation](i, "/v1/operations/mine").State == "canceling" })
		let()
	}()
	op := post200[api.Operation](i, "/v1/operations/mine/cancel", nil)
	if op.State != "canceled" || op.Problem == nil || !strings.Contains(op.Problem.Detail, "canceled by another request") {
		t.Errorf("%+v", op)
	}
	if vms := get200[api.VMList](i, "/v1/vms").VMs; len(vms) != 0 {
		t.Errorf("left: %+v", vms)
	}
	resp, text := i.call(http.MethodPost, "/v1/operations/none/cancel", nil)
	wantProblem(t, resp, text, http.StatusNotFound, problem.NotFound)
}

// within waits for a channel to be closed.
func (i *instance) within(c <-chan struct{}) {
	i.t.Helper()
	select {
	case <-c:
	case <-time.After(limit):
		i.t.Fatalf("not reached in %s", limit)
	}
}

type sent struct{ name, data string }

// events reads server-sent events to their end.
func (i *instance) events(path string) (all []sent) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), limit)
	defer cancel()
	resp := i.open(ctx, http.MethodGet, path, nil)
	defer resp.Body.Close()
	var e sent
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			all, e = append(all, e), sent{}
		}
	}
	return all
}

// TestEventsOfALife: every state of a VM is told, in order, with the request that brought it about.
func TestEventsOfALife(t *testing.T) {
	i, _ := furnished(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp := i.open(ctx, http.MethodGet, "/v1/events?kind=vm", nil)
	defer resp.Body.Close()
	i.create(named("web"))
	post200[api.VM](i, "/v1/vms/web/pause", nil)
	post200[api.VM](i, "/v1/vms/web/resume", nil)
	post200[api.VM](i, "/v1/vms/web/stop", nil)
	i.call(http.MethodDelete, "/v1/vms/web", nil, operationHeader, "the-deletion")
	want := []string{"starting", "running", "paused", "running", "stopping", "stopped", "stopped", "deleted"}
	lines := bufio.NewScanner(resp.Body)
	var got []string
	var last api.Event
	for len(got) < len(want) && lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			before := last.ID
			last = api.Event{}
			if err := json.Unmarshal([]byte(data), &last); err != nil || last.ID <= before || last.Name != "web" || last.Operation == "" || time.Since(last.Time) > limit {
				t.Errorf("%s after event %d: %v", data, before, err)
			}
			got = append(got, last.Action)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || last.Operation != "the-deletion" {
		t.Errorf("told of %q, at last by %q, want %q", got, last.Operation, want)
	}
}

// A subscriber who does not read loses his place, and nobody waits for him.
func TestSlowSubscriberIsGivenUp(t *testing.T) {
	var f feed
	events, stop := f.subscribe()
	defer stop()
	for range feedBacklog + 1 {
		f.tell(api.Event{Kind: "vm"})
	}
	n := 0
	for range events {
		n++
	}
	if n != feedBacklog || len(f.subscribers) != 0 {
		t.Errorf("%d events, %d subscribers", n, len(f.subscribers))
	}
}

// TestAClientThatVanishes, at whatever step: what was done is undone, and doing it again succeeds.
func TestAClientThatVanishes(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("parent"))
	for _, request := range []struct {
		path  string
		body  any
		steps []string
	}{
		{"/v1/vms", toStart("web"), []string{"reserve its name and address", "make its disks", "start its machine", "configure its guest", "write down that it runs"}},
		{"/v1/vms/parent/fork", api.ForkVM{Count: 1}, []string{"reserve its name and address", "make its disks", "start its machine", "configure its guest", "write down that it runs"}},
	} {
		for _, name := range request.steps {
			t.Run(request.path+" "+name, func(t *testing.T) {
				ctx, vanish := context.WithCancel(t.Context())
				restore := step.SetFault(name, func() error {
					vanish()
					i.eventually("the daemon notices", func() bool {
						all := get200[api.OperationList](i, "/v1/operations").Operations
						return len(all) == 1 && all[0].State == "canceling"
					})
					return nil
				})
				if _, err := i.try(ctx, http.MethodPost, request.path, request.body, "Content-Type", "application/json"); err == nil {
					t.Error("it was answered")
				}
				i.eventually("the operation has ended", func() bool { return len(get200[api.OperationList](i, "/v1/operations").Operations) == 0 })
				restore()
				if vms := get200[api.VMList](i, "/v1/vms").VMs; len(vms) != 1 || vms[0].Name != "parent" || vms[0].State != "running" {
					t.Errorf("left: %+v", vms)
				}
				if files, err := os.ReadDir(i.paths.VMs()); err != nil || len(files) != 1 {
					t.Errorf("folders of machines: %v, %v", files, err)
				}
			})
		}
		resp, text := i.call(http.MethodPost, request.path, request.body)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s again: %s", request.path, text)
		}
		for _, v := range get200[api.VMList](i, "/v1/vms").VMs {
			if v.Name != "parent" {
				i.call(http.MethodDelete, "/v1/vms/"+v.ID+"?force=true", nil)
			}
		}
	}
}
