package kernel

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"banger/internal/problem"
)

// maxModule bounds one module of those that the agent loads.
const maxModule = 64 << 20

// moduleFormats are the ways in which a module's file can be compressed, by what
// follows ".ko" in its name.
var moduleFormats = map[string]func(io.Reader) (io.Reader, error){
	"":    func(r io.Reader) (io.Reader, error) { return r, nil },
	".gz": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	".xz": func(r io.Reader) (io.Reader, error) { return xz.NewReader(r) },
	".zst": func(r io.Reader) (io.Reader, error) {
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	},
}

// askedFor are modules that another asks the kernel for when it is used, which then runs a
// modprobe that an initramfs does not have. (Up to Linux 6.13 ext4 takes its checksums from the
// crypto API.)
var askedFor = map[string]string{"ext4": "crc32c_generic"}

// bootOrder gives the paths of the modules that the agent has to load before it can
// mount anything, in the order in which to load them.
func bootOrder(dir fs.FS, mods *modules, values map[string]string) ([]string, error) {
	var wanted []string
	for _, o := range options {
		if o.why == "" || values[o.name] != "m" {
			continue
		}
		if first := mods.path(askedFor[o.module]); first != "" {
			wanted = append(wanted, first)
		}
		wanted = append(wanted, mods.path(o.module))
	}
	if wanted == nil {
		return nil, nil
	}
	text, err := readBounded(dir, "modules.dep", maxIndex)
	if err != nil {
		return nil, err
	}
	deps, err := parseDep(string(text))
	if err != nil {
		return nil, err
	}
	return deps.order(wanted), nil
}

// writeBootModules writes the modules that the agent has to load into the folder to, and
// gives their files' names in the order in which to load them.
func writeBootModules(dir fs.FS, mods *modules, values map[string]string, to string) ([]string, error) {
	paths, err := bootOrder(dir, mods, values)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		if names[i], err = writeBootModule(dir, p, mods.release, to); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// writeBootModule writes a module of dir, decompressed, into the folder to and returns its file's name.
func writeBootModule(dir fs.FS, module, release, to string) (string, error) {
	name := moduleName(module)
	if name == "" {
		return "", problem.New(problem.Invalid, "its modules.dep names %q, which is no module", module)
	}
	code, err := readModule(dir, module)
	if err != nil {
		return "", problem.New(problem.Invalid, "its module %s cannot be read: %w", name, err)
	}
	if !bytes.Contains(code, []byte("vermagic="+release+" ")) {
		return "", problem.New(problem.Invalid, "its module %s was not built for the kernel %s", name, release)
	}
	return name + ".ko", os.WriteFile(filepath.Join(to, name+".ko"), code, 0o444)
}

func readModule(dir fs.FS, module string) ([]byte, error) {
	f, err := dir.Open(module)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, compressed, _ := strings.Cut(path.Base(module), ".ko")
	r, err := moduleFormats[compressed](f)
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	if err == nil && len(code) > maxModule {
		err = problem.New(problem.Invalid, "it is larger than %d MiB", maxModule>>20)
	}
	return code, err
}
