package doctor

import (
	"path/filepath"
	"regexp"
)

// place is a folder in which a crash can leave things.
type place struct {
	dir    string
	staged *regexp.Regexp // names of what is in the making
	owned  bool           // what is named by an id has a record
	remedy string
}

var (
	anyID    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	stagedID = regexp.MustCompile(`^\.(build|new)-[0-9a-f]{32}$`)
	// stagedWorkspace is of one that is being made or removed: see package workspace.
	stagedWorkspace = regexp.MustCompile(`^[0-9a-f]{32}\.(new|gone)$`)

	anyTemp  = regexp.MustCompile(`^\..*\.tmp$`)
	anything = regexp.MustCompile(``)
)

func (h *host) places() []place {
	all := []place{
		{h.paths.Images(), stagedID, true, sweeps},
		{h.paths.Snapshots(), stagedID, true, sweeps},
		{h.paths.Workspaces(), stagedWorkspace, true, sweeps},
		{h.paths.Templates(), stagedID, false, sweeps},
		{h.paths.TemplateMakers(), anything, false, sweeps},
		{h.paths.Captures(), anything, false, sweeps},
		{h.paths.Kernels(), anyTemp, false, "nothing need be done: the next banger kernel pull or import removes it"},
	}
	// Files that package disk was making, and the caches.
	for _, dir := range []string{h.paths.VMs(), h.paths.Cache} {
		for _, name := range names(dir) {
			all = append(all, place{filepath.Join(dir, name), anyTemp, false, "remove it: it was never finished"})
		}
	}
	return all
}

// found is a thing in a place.
type found struct {
	place
	name string
}

// crashed lists what may be left in places; nothing while a daemon is at work, which has removed what crashes
// left, and is making more.
func (h *host) crashed() (all []found) {
	if h.daemon() != "" {
		return nil
	}
	for _, p := range h.places() {
		for _, name := range names(p.dir) {
			if p.staged.MatchString(name) || p.owned && anyID.MatchString(name) {
				all = append(all, found{p, name})
			}
		}
	}
	return all
}

// ownerless gives a row for every thing that was never finished, or has no record any more.
func ownerless(things []found, known records) (rows []Row) {
	owned := known.owned()
	for _, f := range things {
		if !owned[f.name] {
			rows = append(rows, warned("a crash has left "+filepath.Join(f.dir, f.name), f.remedy)...)
		}
	}
	return rows
}
