package workspace

import (
	"context"
	"path"
	"slices"

	"banger/internal/tree"
)

// guest is what the guest has, by its own words. A new file is what nobody knows.
func (n *renewal) guest(ctx context.Context) (map[string]leaf, error) {
	all, err := leaves(ctx, n.dir.git(), n.base.Tree)
	if err != nil {
		return nil, err
	}
	for _, e := range n.found {
		if all[e.Path] = leafOf(e); e.Mode == tree.Gone {
			delete(all, e.Path)
		}
	}
	return all, nil
}

// obsolete lists what is to be taken away, in order: files of the base that the plan has not, and files in the way.
func (n *renewal) obsolete(guest map[string]leaf) (names []string) {
	files, folders := map[string]bool{}, map[string]bool{}
	for _, e := range n.plan.Files {
		files[e.Path] = e.Mode != tree.Folder
		for dir := path.Dir(e.Path); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	isNew := map[string]bool{}
	for _, e := range n.found {
		isNew[e.Path] = len(e.Sum) == 0 && e.Mode != tree.Gone
	}
	for name := range guest {
		_, planned := files[name]
		if !planned && (!isNew[name] || folders[name] || inWay(files, name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// inWay reports whether a name lies where a file is to be.
func inWay(files map[string]bool, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if files[dir] {
			return true
		}
	}
	return false
}

// packs are those that the guest has: all that it was given, if it still has a repository.
func (n *renewal) packs() []string {
	if n.state.Head == "" && n.base.Commit != "" {
		return nil
	}
	return n.base.Packs
}

// overwritten lists what had been changed in the guest and has been set back or taken away.
func (n *renewal) overwritten(u *put) (names []string) {
	for _, e := range n.found {
		if _, changed := u.now[e.Path]; changed {
			names = append(names, e.Path)
		}
	}
	slices.Sort(names)
	return names
}
