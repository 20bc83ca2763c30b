package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"banger/api"
	"banger/client"
	"banger/internal/problem"
)

// outcome is what run --json says at the end. Fields are added, never renamed.
type outcome struct {
	VM         api.VM      `json:"vm"`
	ExitStatus int         `json:"exit_status"`
	Signal     int         `json:"signal,omitempty"`
	TimedOut   bool        `json:"timed_out,omitempty"`
	Deleted    bool        `json:"deleted"`
	Phases     []api.Phase `json:"phases"`
}

// report says how it went, as far as flags ask for it.
func (r *run) report(exit client.Exit, status int, deleted bool) {
	if r.o.timing && !r.a.json {
		fmt.Fprint(r.a.Stderr, r.times.text(), "start: ", plain(r.vm.Start), "\n")
	}
	if !r.a.json {
		return
	}
	out := r.a.Stderr
	if r.o.detach {
		out = r.a.Stdout
	}
	text, _ := json.Marshal(outcome{r.vm, status, exit.Signal, exit.TimedOut, deleted, r.times.phases})
	fmt.Fprintln(out, escapeJSON(string(text)))
}

func (r *run) sayRuns() {
	by := ""
	if r.vm.IdleStop > 0 {
		by = fmt.Sprintf(", and it stops by itself when nobody uses it for %s", timeOf(time.Duration(r.vm.IdleStop)*time.Millisecond))
	}
	r.a.notice(fmt.Sprintf("%s keeps running; banger vm stop %s stops it%s", r.vm.Name, r.vm.Name, by))
}

func isNotFound(err error) bool { return problem.CodeOf(err) == problem.NotFound }

func deleteFailed(name string, err error) error {
	return problem.New(problem.CodeOf(err), "%s could not be deleted: %w", name, err).
		WithRemedy("it ends with this command, and the daemon deletes it when it can; banger vm delete -f %s does it now", name)
}
