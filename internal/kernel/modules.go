package kernel

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"banger/internal/problem"
)

const (
	// maxIndex bounds a file such as modules.dep; Debian's largest kernel has 700 KB.
	maxIndex = 16 << 20
	// maxModules bounds how many files a folder of modules may have.
	maxModules = 100_000
)

// modules are the loadable modules of one kernel: a folder as lib/modules/RELEASE.
type modules struct {
	release string
	files   map[string]string // path in the folder by the module's name
	builtin map[string]bool   // nil when the folder does not say
}

// readModules looks at a folder of modules. It may lack everything: a kernel can
// have all it needs built in.
func readModules(dir fs.FS, release string) (*modules, error) {
	m := &modules{release: release, files: map[string]string{}}
	n := 0
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if n++; n > maxModules {
			return problem.New(problem.Invalid, "its modules are more than %d files", maxModules)
		}
		if err == nil && d.Type().IsRegular() && moduleName(name) != "" {
			m.files[moduleName(name)] = name
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	list, err := readBounded(dir, "modules.builtin", maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	m.builtin = map[string]bool{}
	for line := range bytes.Lines(list) {
		m.builtin[moduleName(string(bytes.TrimSpace(line)))] = true
	}
	return m, err
}

// moduleName is what lsmod calls a module's file, empty when it is none.
func moduleName(file string) string {
	name, compressed, ok := strings.Cut(path.Base(file), ".ko")
	if !ok || moduleFormats[compressed] == nil {
		return ""
	}
	return strings.ReplaceAll(name, "-", "_")
}

// path is where the named module lies in the folder, empty when it is not there.
func (m *modules) path(name string) string { return m.files[name] }

// show tells what modules and kernel show of an option: y, m or n.
func (m *modules) show(o option, vmlinux []byte) string {
	switch {
	case o.module == "" || m.files[o.module] == "" && m.builtin == nil:
		return yes(bytes.Contains(vmlinux, []byte(o.trace)))
	case m.files[o.module] != "":
		return "m"
	case m.builtin[o.module]:
		return "y"
	}
	return "n"
}

// readBounded reads a file that must not be larger than limit.
func readBounded(dir fs.FS, name string, limit int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = problem.New(problem.Invalid, "%s is larger than %d MiB", name, limit>>20)
	}
	return b, err
}
