package resolved

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"strings"

	"banger/internal/namegen"
	"banger/internal/problem"
)

// File is one that is written, at a path from the root on.
type File struct{ Path, Text string }

const marker = "; Written by banger dns install; banger dns uninstall removes it.\n"

// Files are those for a server, in the order in which they are written.
func Files(server netip.AddrPort) []File {
	return []File{
		{"/etc/dnssec-trust-anchors.d/banger.negative", marker + namegen.Zone + "\n"},
		{"/etc/systemd/resolved.conf.d/banger.conf", marker + fmt.Sprintf("[Resolve]\nDNS=%s\nDomains=~%s\n", server, namegen.Zone)},
	}
}

// Host is a file system's root. It must be closed.
type Host struct{ root *os.Root }

// Open opens the folder that is the root.
func Open(dir string) (*Host, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, problem.New(problem.NotFound, "look at this host's files: %w", err)
	}
	return &Host{root}, nil
}

// Close satisfies io.Closer.
func (h *Host) Close() error { return h.root.Close() }

// State is how the files are.
type State string

// The states of the files.
const (
	Absent  State = "absent"  // none is there
	Current State = "current" // all say what they should
	Stale   State = "stale"   // one is not there, or says something else
	Foreign State = "foreign" // one is not banger's
)

// State looks at the files, which should be for a server. When one is not banger's, foreign is its path.
func (h *Host) State(server netip.AddrPort) (state State, foreign string, err error) {
	counts := map[State]int{}
	files := Files(server)
	for _, f := range files {
		state, err := h.stateOf(f)
		if err != nil {
			return "", "", fmt.Errorf("look at %s: %w", f.Path, err)
		}
		if state == Foreign {
			return Foreign, f.Path, nil
		}
		counts[state]++
	}
	switch len(files) {
	case counts[Absent]:
		return Absent, "", nil
	case counts[Current]:
		return Current, "", nil
	}
	return Stale, "", nil
}

func (h *Host) stateOf(f File) (State, error) {
	text, err := h.read(f.name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Absent, nil
	case errors.Is(err, errNoFile):
		return Foreign, nil
	case err != nil:
		return "", err
	case string(text) == f.Text:
		return Current, nil
	case bytes.HasPrefix(text, []byte(marker)):
		return Stale, nil
	}
	return Foreign, nil
}

// Install writes the files for a server, and reports whether that changed anything. Another's file is a problem.Conflict.
func (h *Host) Install(server netip.AddrPort) (changed bool, err error) {
	state, foreign, err := h.State(server)
	switch {
	case err != nil || state == Current:
		return false, err
	case state == Foreign:
		return false, notOurs(foreign)
	}
	for _, f := range Files(server) {
		if err := h.write(f); err != nil {
			return false, fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	return true, nil
}

// Uninstall removes the files, and gives the paths of those that were there. Another's file is a problem.Conflict.
func (h *Host) Uninstall() (removed []string, err error) {
	whoever := netip.AddrPort{}
	switch state, foreign, err := h.State(whoever); {
	case err != nil:
		return nil, err
	case state == Foreign:
		return nil, notOurs(foreign)
	}
	for _, f := range Files(whoever) {
		err := h.root.Remove(f.name())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := errors.Join(err, h.sync(f)); err != nil {
			return removed, fmt.Errorf("remove %s: %w", f.Path, err)
		}
		removed = append(removed, f.Path)
	}
	return removed, nil
}

func notOurs(path string) error {
	return problem.New(problem.Conflict, "%s is not banger's: it does not begin with the line that banger's has", path).
		WithRemedy("look what it is for, and move it away")
}

// name is the file's in the root.
func (f File) name() string { return strings.TrimPrefix(f.Path, "/") }

func (h *Host) write(f File) error {
	if err := h.root.MkdirAll(path.Dir(f.name()), 0o755); err != nil {
		return err
	}
	fresh := f.name() + ".new"                                                      // which resolved does not read
	if err := h.root.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one that was broken off
		return err
	}
	out, err := h.root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, f.Text)
	// Resolved is no root, so that a tight umask would keep it from reading.
	if err := errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, h.root.Remove(fresh))
	}
	return errors.Join(h.root.Rename(fresh, f.name()), h.sync(f))
}

// sync has the entries of a file's folder on the disk.
func (h *Host) sync(f File) error {
	dir, err := h.root.Open(path.Dir(f.name()))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
