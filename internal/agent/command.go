package agent

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"banger/internal/guestlink"
)

// command is an Exec whose names have been resolved.
type command struct {
	file string
	args []string
	env  []string
	dir  string
	acc  account
}

// command resolves what x asks for, in the guest as it is now.
func (a *Agent) command(x guestlink.Exec) (command, error) {
	for _, s := range append(x.Args, x.Dir, x.User) {
		if strings.ContainsRune(s, 0) {
			return command{}, refuse(guestlink.CodeInvalid, "an argument, folder or user holds a zero byte")
		}
	}
	acc, err := guestDatabases.account(x.User)
	if err != nil {
		return command{}, err
	}
	a.mu.Lock()
	env, err := environment(acc, x.TTY, a.env, x.Env)
	a.mu.Unlock()
	if err != nil {
		return command{}, err
	}
	c := command{args: x.Args, env: pairs(env), acc: acc}
	if c.dir, err = directory(x.Dir, env["HOME"]); err != nil {
		return command{}, err
	}
	if len(x.Args) == 0 { // a login shell, which a leading hyphen marks
		c.file, c.args = acc.shell, []string{"-" + filepath.Base(acc.shell)}
		return c, nil
	}
	c.file, err = lookup(x.Args[0], c.dir, env["PATH"])
	return c, err
}

// attributes are those of a process with a session of its own, run as the command's user.
func (c command) attributes(s *stdio) (*syscall.ProcAttr, error) {
	sys := &syscall.SysProcAttr{Setsid: true, Setctty: s.tty != nil} // Ctty is standard input
	own := os.Getuid()
	switch {
	case own == 0 && (c.acc.uid != 0 || c.acc.gid != 0 || len(c.acc.groups) != 1):
		sys.Credential = &syscall.Credential{Uid: c.acc.uid, Gid: c.acc.gid, Groups: c.acc.groups}
	case own != 0 && c.acc.uid != uint32(own):
		return nil, refuse(guestlink.CodeInvalid, "this agent is not root and can run commands as user %d only", own)
	}
	files := []uintptr{uintptr(s.child[0]), uintptr(s.child[1]), uintptr(s.child[2])}
	return &syscall.ProcAttr{Dir: c.dir, Env: c.env, Files: files, Sys: sys}, nil
}
