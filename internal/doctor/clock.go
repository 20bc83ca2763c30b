package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// clockSlack is by how much clocks of file systems and of hosts may differ.
const clockSlack = time.Minute

// checkClock looks whether the host's time can be right, which is what guests get.
func checkClock(_ context.Context, h *host) []Row {
	now := h.now()
	is := "the clock says " + now.Format(time.RFC3339)
	const set = "set the clock: sudo timedatectl set-ntp true"
	if h.built.After(now.Add(clockSlack)) {
		return warned(is+", which is before this program was made", set)
	}
	if path := h.fromTheFuture(now.Add(clockSlack)); path != "" {
		return warned(is+", and "+path+" was written after that", set)
	}
	ok, err := h.synchronised()
	switch {
	case err != nil:
		return warned(fmt.Sprintf("%s; whether something keeps it right is not known: %v", is, err), "look at what timedatectl says")
	case !ok:
		return warned(is+", and nothing keeps it right", "sudo timedatectl set-ntp true")
	}
	return passed(is + ", and something keeps it right")
}

// fromTheFuture is a file or a folder at the top of the state folder that was changed later; empty when none was.
func (h *host) fromTheFuture(later time.Time) string {
	entries, _ := os.ReadDir(h.paths.State) // there need be none
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().After(later) {
			return filepath.Join(h.paths.State, e.Name())
		}
	}
	return ""
}
