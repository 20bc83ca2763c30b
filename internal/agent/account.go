package agent

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"banger/internal/guestlink"
)

const (
	// maxDatabase bounds what is read of /etc/passwd and of /etc/group, in bytes.
	maxDatabase = 4 << 20
	// maxGroups is the kernel's NGROUPS_MAX.
	maxGroups = 65536
)

// account is who a command runs as.
type account struct {
	uid, gid uint32
	groups   []uint32 // supplementary
	name     string   // empty when /etc/passwd has no such uid
	home     string
	shell    string
}

// databases are the files that accounts are looked up in.
type databases struct{ passwd, group string }

var guestDatabases = databases{"/etc/passwd", "/etc/group"}

// account resolves "", "user", "uid", "user:group" and so on; empty is the agent's own
// user. A name is tried before a number, as docker does.
func (d databases) account(spec string) (account, error) {
	user, group, hasGroup := strings.Cut(spec, ":")
	if user == "" {
		if hasGroup {
			return account{}, refuse(guestlink.CodeInvalid, "the user %q has no name before the colon", spec)
		}
		user = strconv.Itoa(os.Getuid())
	}
	acc, err := d.user(user)
	if err != nil {
		return account{}, err
	}
	if hasGroup {
		acc.gid, err = d.groupID(group)
		return acc, err
	}
	if acc.name != "" {
		acc.groups, err = d.groupsOf(acc.name, acc.gid)
	}
	return acc, err
}

// user finds a user by name, else by number; a number needs no entry.
func (d databases) user(user string) (account, error) {
	uid, isNumber := parseID(user)
	found := account{uid: uid, home: "/", shell: "/bin/sh"}
	var byName, byID bool
	err := eachEntry(d.passwd, 7, func(f []string) bool {
		id, ok := parseID(f[2])
		gid, ok2 := parseID(f[3])
		if !ok || !ok2 {
			return true
		}
		byName = f[0] == user
		if byName || isNumber && id == uid && !byID {
			byID = true
			found = account{uid: id, gid: gid, name: f[0], home: orElse(f[5], "/"), shell: orElse(f[6], "/bin/sh")}
		}
		return !byName
	})
	if err == nil && !byName && !byID && !isNumber {
		err = refuse(guestlink.CodeInvalid, "the guest has no user %q", user)
	}
	return found, err
}

func (d databases) groupID(group string) (gid uint32, err error) {
	found := false
	err = eachEntry(d.group, 4, func(f []string) bool {
		if f[0] == group {
			gid, found = parseID(f[2])
		}
		return !found
	})
	if !found && err == nil {
		if gid, found = parseID(group); !found {
			err = refuse(guestlink.CodeInvalid, "the guest has no group %q", group)
		}
	}
	return gid, err
}

// groupsOf is primary and the groups that list user as a member.
func (d databases) groupsOf(user string, primary uint32) ([]uint32, error) {
	groups := []uint32{primary}
	err := eachEntry(d.group, 4, func(f []string) bool {
		gid, ok := parseID(f[2])
		if ok && gid != primary && slices.Contains(strings.Split(f[3], ","), user) {
			groups = append(groups, gid)
		}
		return len(groups) < maxGroups
	})
	return groups, err
}

// eachEntry calls f with the fields of each well-formed line until f returns false. A
// missing file has no entries; bytes beyond maxDatabase are not read.
func eachEntry(path string, fields int, f func([]string) bool) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, maxDatabase))
	for lines.Scan() {
		entry := strings.Split(lines.Text(), ":")
		if len(entry) == fields && entry[0] != "" && !f(entry) {
			return nil
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil // no real entry is that long; what came before it counts
	}
	return lines.Err()
}

// parseID reads a uid or gid; 2^32-1 is "no change" to the kernel and no id.
func parseID(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
