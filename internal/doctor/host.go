package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/config"
	"banger/internal/paths"
	engines "banger/internal/vmm/host"
)

// host is what the checks ask: the facts of this host, any of which a test replaces, and banger's settings as far as they can be read.
type host struct {
	root  string // of the file system that /proc, /sys, /etc and the folders of everybody are read from
	uid   int
	now   func() time.Time
	built time.Time // when this program's file was made; zero when that is not known
	kvm   func() error
	// synchronised reports whether something keeps the clock in step with the world's.
	synchronised func() (bool, error)
	statfs       func(path string, st *unix.Statfs_t) error
	patience     time.Duration // what one check may take, about

	paths     paths.Paths
	pathsErr  error
	config    config.Config // zero when it cannot be read
	configErr error
}

// patience is enough for a program to tell its version on a busy host, and short for somebody who waits.
const patience = 5 * time.Second

func thisHost() *host {
	h := &host{
		root: "/", uid: os.Getuid(), now: time.Now, kvm: sync.OnceValue(engines.KVM),
		synchronised: synchronised, statfs: unix.Statfs, patience: patience,
	}
	if info, err := os.Stat("/proc/self/exe"); err == nil {
		h.built = info.ModTime()
	}
	return h
}

// settle finds banger's folders and reads its settings.
func (h *host) settle(getenv func(string) string) {
	if h.paths, h.pathsErr = paths.Resolve(getenv, h.uid); h.pathsErr != nil {
		return
	}
	type loaded struct {
		config config.Config
		err    error
	}
	got, ok := within(h.patience, func() (l loaded) {
		l.config, l.err = config.Load(h.paths.Config, getenv)
		return l
	})
	if !ok {
		got.err = fmt.Errorf("read %s: nothing came in %v", h.paths.Config, h.patience)
	}
	h.config, h.configErr = got.config, got.err
}

// read gives a small file of the host's without the white space around its text.
func (h *host) read(path string) (string, error) {
	text, err := os.ReadFile(filepath.Join(h.root, path))
	return strings.TrimSpace(string(text)), err
}

// release is the version of the host's kernel, such as "6.1.0-56-amd64"; empty when it is not known.
func (h *host) release() string {
	release, _ := h.read("proc/sys/kernel/osrelease") // empty then
	return release
}

// has reports whether the path is there.
func (h *host) has(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func synchronised() (bool, error) {
	var clock unix.Timex // without modes it is only read
	_, err := unix.Adjtimex(&clock)
	return clock.Status&unix.STA_UNSYNC == 0, os.NewSyscallError("adjtimex", err)
}
