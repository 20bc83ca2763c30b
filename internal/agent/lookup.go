package agent

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"banger/internal/guestlink"
)

// lookup finds the file of command name as a shell in dir would: a name with a slash is a path, any
// other is looked for along path. A file that is there and cannot be run is
// remembered for the refusal, in case no better one comes.
func lookup(name, dir, path string) (string, error) {
	if name == "" {
		return "", refuse(guestlink.CodeNotFound, "the command's name is empty")
	}
	if strings.Contains(name, "/") {
		return name, nil
	}
	var worse error
	for _, folder := range filepath.SplitList(path) {
		if folder == "" {
			folder = "."
		}
		file := folder + "/" + name
		switch why := runnable(at(dir, file)); {
		case why == nil:
			return file, nil
		case worse == nil && why != syscall.ENOENT && why != syscall.ENOTDIR:
			worse = refuse(guestlink.CodeNotExecutable, "%s cannot be executed: %v", file, why)
		}
	}
	if worse != nil {
		return "", worse
	}
	return "", refuse(guestlink.CodeNotFound, "%s: command not found in the guest", name)
}

// runnable is nil for a regular file that somebody may execute, else an errno.
func runnable(file string) error {
	var st syscall.Stat_t
	if err := syscall.Stat(file, &st); err != nil {
		return err
	}
	switch {
	case st.Mode&syscall.S_IFMT == syscall.S_IFDIR:
		return syscall.EISDIR
	case st.Mode&syscall.S_IFMT != syscall.S_IFREG, st.Mode&0o111 == 0:
		return syscall.EACCES
	}
	return nil
}

// startRefusal explains why execve of file in dir failed; every status is what a
// shell makes of it.
func startRefusal(file, dir string, err error) error {
	switch err {
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP:
		if runnable(at(dir, file)) == nil {
			return refuse(guestlink.CodeNotFound, "%s: the interpreter that it names does not exist in the guest", file)
		}
		return refuse(guestlink.CodeNotFound, "%s: no such file in the guest", file)
	case syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE:
		return refuse(guestlink.CodeFailed, "start %s in the guest: %v", file, err)
	case syscall.ESHUTDOWN:
		return refuse(guestlink.CodeFailed, "the guest is powering off")
	}
	if why := runnable(at(dir, file)); why != nil {
		err = why
	}
	return refuse(guestlink.CodeNotExecutable, "%s cannot be executed: %v", file, err)
}

// at is file as seen from dir.
func at(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return dir + "/" + file
}

// directory is where a command starts: what was asked for, else home, else the root.
func directory(asked, home string) (string, error) {
	if asked == "" {
		if st, err := os.Stat(home); err == nil && st.IsDir() {
			return home, nil
		}
		return "/", nil
	}
	if !filepath.IsAbs(asked) {
		asked = at(home, asked)
	}
	st, err := os.Stat(asked)
	if err == nil && !st.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return "", refuse(guestlink.CodeInvalid, "the working directory %s does not exist in the guest", asked)
	}
	return asked, nil
}
