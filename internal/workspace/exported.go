package workspace

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// markExported notes that the host has got all that is in a guest's workspace as it was listed.
func (d Dir) markExported(state guestlink.Tree, found []tree.Entry) error {
	return os.WriteFile(d.exportedFile(), []byte(digest(state, found)), 0o600)
}

// wasExported reports whether nothing of what is listed would be lost with the guest's files: nothing
// has changed there, or just that has been exported.
func (d Dir) wasExported(b Base, state guestlink.Tree, found []tree.Entry) (bool, error) {
	if len(found) == 0 && state.Head == b.Commit {
		return true, nil
	}
	text, err := os.ReadFile(d.exportedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Equal(text, []byte(digest(state, found))), err
}

func (d Dir) exportedFile() string { return filepath.Join(string(d), "exported") }

// digest is one sum of the list of changes of a workspace. Of new files, whose sums are not listed, their times count.
func digest(state guestlink.Tree, found []tree.Entry) string {
	sorted := slices.SortedFunc(slices.Values(found), func(a, b tree.Entry) int { return strings.Compare(a.Path, b.Path) })
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", state.Base, state.Head)
	for _, e := range sorted {
		fmt.Fprintf(h, "%q %o %d %d %x\n", e.Path, e.Mode, e.Size, e.Time, e.Sum)
	}
	return hex.EncodeToString(h.Sum(nil))
}
