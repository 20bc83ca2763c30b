package workspace

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// Identity is the name and the email address that the user's global configuration gives to git, together with files that it
// includes. What is missing, or is no line of text, is empty; so is all of it where there is no git, or git does not understand the
// configuration: then it is git in the guest that asks who somebody is. Git is run when one of the files has changed.
func Identity(ctx context.Context) (name, email string) {
	return user.get(ctx, os.Getenv("HOME"), os.Getenv("XDG_CONFIG_HOME"))
}

var user identity

// identity is that of one user, as it was read last.
type identity struct {
	mu          sync.Mutex
	files       map[string]stamp // that it was read from; nil when it was not
	name, email string
}

// stamp tells the contents of a file apart; that of a missing file is zero.
type stamp struct {
	size, changed int64
	inode         uint64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Ino}
}

// identityTimeout bounds one git, which reads files that may be anywhere.
const identityTimeout = 3 * time.Second

func (u *identity) get(ctx context.Context, home, xdg string) (name, email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.changed() {
		u.read(ctx, home, xdg)
	}
	return u.name, u.email
}

func (u *identity) changed() bool {
	for path, before := range u.files {
		if stampOf(path) != before {
			return true
		}
	}
	return u.files == nil
}

// read reads it anew. What was broken off is read again the next time.
func (u *identity) read(ctx context.Context, home, xdg string) {
	if xdg == "" {
		xdg = filepath.Join(home, ".config")
	}
	u.files, u.name, u.email = map[string]stamp{}, "", ""
	for _, path := range []string{filepath.Join(xdg, "git", "config"), filepath.Join(home, ".gitconfig")} { // the later wins
		u.files[path] = stampOf(path)
		if u.files[path] == (stamp{}) {
			continue
		}
		if err := u.readFile(ctx, path, home); errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			u.files = nil
			return
		}
	}
}

// readFile reads one file by a git to which it is the only configuration, with the user's home for the paths in it.
func (u *identity) readFile(ctx context.Context, path, home string) error {
	ctx, cancel := context.WithTimeout(ctx, identityTimeout)
	defer cancel()
	said, err := git{dir: "/", env: []string{"HOME=" + home}}.run(ctx, "config", "--file", path, "--includes", "--list", "--show-origin", "-z")
	parts := strings.Split(said, "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		if file, ok := strings.CutPrefix(parts[i], "file:"); ok && filepath.IsAbs(file) {
			u.files[file] = stampOf(file)
		}
		switch key, value, _ := strings.Cut(parts[i+1], "\n"); key {
		case "user.name":
			u.name = line(value)
		case "user.email":
			u.email = line(value)
		}
	}
	return err
}

// maxIdentity bounds a name and an address, in bytes.
const maxIdentity = 1000

// line is a text that is one line, and nothing of any other.
func line(text string) string {
	if len(text) > maxIdentity || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return ""
	}
	return text
}
