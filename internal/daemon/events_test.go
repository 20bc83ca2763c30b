package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"banger/api"
)

func TestEventsArriveInOrderAndNoneAfterTheLast(t *testing.T) {
	r, w := io.Pipe()
	e := listen(newEventWriter(w, func() {}))
	var late sync.WaitGroup
	go func() {
		for n := range 10 {
			e.progress(api.Progress{Phase: fmt.Sprint(n), Done: int64(n)})
		}
		late.Go(func() { e.finish("result", struct{}{}) })
		late.Wait()
		e.progress(api.Progress{Phase: "too late"})
		w.Close()
	}()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	events := strings.Split(strings.TrimSuffix(string(text), "\n\n"), "\n\n")
	if len(events) != 11 || events[10] != "event: result\ndata: {}" {
		t.Fatalf("%d events: %q, want ten of progress and the result", len(events), text)
	}
	for n, event := range events[:10] {
		var p api.Progress
		data := strings.TrimPrefix(event, "event: progress\ndata: ")
		if err := json.Unmarshal([]byte(data), &p); err != nil || p.Phase != fmt.Sprint(n) || p.Done != int64(n) {
			t.Errorf("event %d is %q (%v)", n, event, err)
		}
	}
}

// An operation never waits for a client that does not read.
func TestProgressIsDroppedRatherThanWaitedFor(t *testing.T) {
	_, w := io.Pipe()
	e := listen(newEventWriter(w, func() {}))
	for range 10 * backlog {
		e.progress(api.Progress{Phase: "x"})
	}
	w.Close()
	e.finish("result", nil)
}

func TestClientThatIsGoneEndsTheOperation(t *testing.T) {
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	e := listen(newEventWriter(w, cancel))
	r.Close()
	e.progress(api.Progress{Phase: "x"})
	<-ctx.Done()
	e.finish("result", nil)
}

func TestAcceptsEvents(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "application/json": false, "text/event-stream": true,
		"application/json, text/event-stream;q=0.5": true, "text/*": false, ";;": false,
	} {
		if got := acceptsEvents(accept); got != want {
			t.Errorf("acceptsEvents(%q) = %v, want %v", accept, got, want)
		}
	}
}
