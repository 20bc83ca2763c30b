package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

// kernelImage is a kernel unpacked in memory.
type kernelImage struct {
	elf     []byte
	release string
	pvh     bool
	config  []byte // from beside the image; nil: there was none
}

// openImage reads and unpacks a kernel.
func openImage(ctx context.Context, file string) (kernelImage, error) {
	image, err := unpackImage(ctx, file)
	if err != nil {
		return image, fmt.Errorf("unpack %s: %w", path.Base(file), err)
	}
	image.config, err = readConfig(os.DirFS(filepath.Dir(file)), "config-"+image.release)
	return image, err
}

func unpackImage(ctx context.Context, file string) (image kernelImage, err error) {
	f, err := os.Open(file)
	if err != nil {
		return image, err
	}
	defer f.Close()
	packed, err := readImage(contextReader{ctx, f})
	if err != nil {
		return image, err
	}
	if image.elf, err = vmlinux(ctx, packed); err != nil {
		return image, err
	}
	if image.pvh, err = hasPVH(image.elf); err != nil {
		return image, err
	}
	image.release, err = releaseOf(image.elf)
	return image, err
}

// imagePatterns are where kernels lie in a folder: as a Debian package has it, in the
// folder itself, as an RPM package has it.
var imagePatterns = []string{"boot/vmlinu[xz]*", "vmlinu[xz]*", "bzImage", "lib/modules/*/vmlinuz", "usr/lib/modules/*/vmlinuz"}

// findImage gives the path of the only kernel in dir. A link may not lead out of dir.
func findImage(dir string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	for _, pattern := range imagePatterns {
		found, err := fs.Glob(root.FS(), pattern)
		if err != nil {
			return "", err
		}
		if len(found) > 1 {
			return "", problem.New(problem.Invalid, "it holds several kernels: %s", strings.Join(found, ", ")).
				WithRemedy("name one with --from, and the folder of its modules with --modules")
		}
		if len(found) == 1 {
			info, err := root.Stat(found[0])
			if err != nil || !info.Mode().IsRegular() {
				return "", problem.New(problem.Invalid, "its %s is no file", found[0])
			}
			return filepath.Join(dir, found[0]), nil
		}
	}
	return "", problem.New(problem.Invalid, "it holds no kernel").
		WithRemedy("it should have boot/vmlinuz-RELEASE and lib/modules/RELEASE")
}

// configuration gives the kernel's options: from beside the image, from the folder of its modules,
// or from the kernel itself; nil where nothing tells.
func (k kernelImage) configuration(modules fs.FS) (map[string]string, error) {
	config, err := k.config, error(nil)
	if config == nil {
		config, err = readConfig(modules, "config")
	}
	if config == nil && err == nil {
		config, err = embeddedConfig(k.elf)
	}
	if config == nil || err != nil {
		return nil, err
	}
	return parseConfig(config), nil
}

// readConfig gives nil when there is no such file.
func readConfig(dir fs.FS, name string) ([]byte, error) {
	config, err := readBounded(dir, name, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return config, err
}
