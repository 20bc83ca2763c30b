package workspace

import "context"

// Head is the commit that the repository at root, the top of a working tree, is at; empty without commits or without git.
func Head(ctx context.Context, root string) (string, error) {
	root, git, err := locate(root)
	if err != nil || git == "" {
		return "", err
	}
	r := repository{root: root, git: git}
	err = r.look(ctx)
	return r.commit, err
}
