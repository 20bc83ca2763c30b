package daemon

import (
	"context"
	"errors"
	"testing"

	"banger/api"
	"banger/client"
	"banger/internal/problem"
)

// TestTheGoClient speaks to a real daemon: what it asks for in the background it can follow, look at and cancel, and it hears of
// everything that happens.
func TestTheGoClient(t *testing.T) {
	i, reached, let := held(t)
	c, err := client.Dial(t.Context(), client.Options{Paths: i.paths})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	seen := make(chan api.Event, feedBacklog)
	listening, leave := context.WithCancel(ctx)
	heard := make(chan error, 1)
	go func() { heard <- c.Events(listening, "vm", func(e api.Event) { seen <- e }) }()
	i.eventually("it listens", func() bool {
		i.feed(t, c)
		return len(seen) > 0
	})

	op, err := c.Begin(ctx, "/v1/vms", toStart("web"))
	if err != nil || op.State != "running" || op.Kind != "create-vm" {
		t.Fatalf("Begin = %+v, %v", op, err)
	}
	i.within(reached)
	if list, err := c.Operations(ctx, false); err != nil || len(list.Operations) != 1 || list.Operations[0].ID != op.ID {
		t.Errorf("Operations = %+v, %v", list, err)
	}
	let()
	var started api.Started
	if err := c.FollowOperation(ctx, op.ID, nil, &started); err != nil || started.VM.Name != "web" || started.VM.State != "running" {
		t.Errorf("FollowOperation gives %+v, %v", started.VM, err)
	}
	if done, err := c.CancelOperation(ctx, op.ID); err != nil || done.State != "done" {
		t.Errorf("cancel what is done: %+v, %v", done, err)
	}
	if again, err := c.Operation(ctx, op.ID); err != nil || again.State != "done" {
		t.Errorf("Operation = %+v, %v", again, err)
	}
	if _, err := c.Operation(ctx, "none"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("no such operation: %v", err)
	}
	if usage, err := c.DiskUsage(ctx); err != nil || len(usage.Items) == 0 || usage.Total < usage.Free {
		t.Errorf("DiskUsage = %+v, %v", usage, err)
	}
	if _, err := c.Prune(ctx, nil); err != nil {
		t.Error(err)
	}
	for e := range seen {
		if e.Name == "web" && e.Action == "running" && e.Operation == op.ID {
			break
		}
	}
	leave()
	if err := <-heard; !errors.Is(err, context.Canceled) {
		t.Errorf("Events ended with %v", err)
	}
}

// feed makes something happen.
func (i *instance) feed(t *testing.T, c *client.Client) {
	t.Helper()
	v, err := c.CreateVM(t.Context(), small(func(*api.CreateVM) {}), nil)
	if err == nil {
		err = c.DeleteVM(t.Context(), v.VM.ID, true)
	}
	if err != nil {
		t.Fatal(err)
	}
}
