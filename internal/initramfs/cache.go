package initramfs

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Cache is a folder of archives, each named by the hash of what is in it. Any number
// of processes may use it at once.
type Cache string

// kept is how many archives a cache holds; the least recently used go first, but none
// that is inUse.
const kept = 8

// layout is part of every archive's name. It changes when Write puts the same things
// elsewhere.
const layout = "initramfs 1"

// Path gives the path of the archive of agent and modules, and makes it when it is not there.
func (c Cache) Path(agent []byte, modules []Module) (string, error) {
	path := filepath.Join(string(c), key(agent, modules)+".cpio")
	now := time.Now()
	err := os.Chtimes(path, now, now)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return path, err
	}
	if err := c.make(path, agent, modules); err != nil {
		return "", fmt.Errorf("make the initramfs: %w", err)
	}
	return path, c.trim(kept, now.Add(-inUse))
}

// inUse is for how long after it was asked for a machine may be about to open an archive.
const inUse = time.Hour

// Prune removes what was not used lately.
func (c Cache) Prune() error {
	err := c.trim(0, time.Now().Add(-inUse))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// make writes the archive under a temporary name; of two at once the later
// replaces the same bytes.
func (c Cache) make(path string, agent []byte, modules []Module) error {
	if err := os.MkdirAll(string(c), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(c), ".*.tmp")
	if err != nil {
		return err
	}
	err = errors.Join(Write(f, agent, modules), f.Chmod(0o444), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// trim removes all but keep of the most recently used archives, and what crashes left, as far as they
// were not touched since the time given.
func (c Cache) trim(keep int, since time.Time) error {
	entries, err := os.ReadDir(string(c))
	if err != nil {
		return err
	}
	var old []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range old[min(keep, len(old)):] {
		if !info.ModTime().Before(since) {
			continue
		}
		if err := os.Remove(filepath.Join(string(c), info.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// key is the hash of what goes into an archive.
func key(agent []byte, modules []Module) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%x\n", layout, agentSum(agent))
	for _, m := range modules {
		fmt.Fprintf(sum, "%q %d\n", m.Name, len(m.Data))
		sum.Write(m.Data)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// lastAgent remembers one hash: an agent is some megabytes and the same for every machine.
var lastAgent struct {
	sync.Mutex
	agent []byte
	sum   [sha256.Size]byte
}

func agentSum(agent []byte) [sha256.Size]byte {
	lastAgent.Lock()
	defer lastAgent.Unlock()
	if lastAgent.agent == nil || !bytes.Equal(lastAgent.agent, agent) { // at once when it is the same slice
		lastAgent.agent, lastAgent.sum = agent, sha256.Sum256(agent)
	}
	return lastAgent.sum
}
