package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Base is the name under which source arrives in a folder. It is empty for ".", ".." and "/", whose content arrives there.
func Base(source string) string {
	switch base := source[strings.LastIndexByte(strings.TrimRight(source, "/"), '/')+1:]; strings.TrimRight(base, "/") {
	case "", ".", "..":
		return ""
	default:
		return strings.TrimRight(base, "/")
	}
}

// Target is where a file, or a folder if dir is set, is to be written that is called base and copied to
// dest: into dest if that is a folder, else as dest, for which the folder above must be there.
func Target(dest, base string, dir bool) (string, error) {
	info, err := os.Stat(dest)
	if err == nil && info.IsDir() {
		return inside(dest, base, dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if !dir && strings.HasSuffix(dest, "/") {
			return "", failed("write to", dest, errors.New("there is no such folder"))
		}
		return filepath.Clean(dest), Folder(filepath.Dir(strings.TrimRight(dest, "/")))
	}
	if err == nil {
		err = fits(info, dir)
	}
	if err == nil && strings.HasSuffix(dest, "/") {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return "", failed("write to", dest, err)
	}
	return filepath.Clean(dest), nil
}

// Folder tells why nothing can be unpacked into dir.
func Folder(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return failed("write into", dir, err)
	}
	return nil
}

// inside is the target in a folder. What is in its place must be of the same kind; a link is no folder there, since somebody
// else may have made it.
func inside(folder, base string, dir bool) (string, error) {
	target := filepath.Join(folder, base)
	if base == "" {
		return target, nil
	}
	info, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return target, nil
	}
	if err == nil {
		err = fits(info, dir)
	}
	if err != nil {
		return "", failed("write to", target, err)
	}
	return target, nil
}

// fits refuses to replace a thing by one of another kind.
func fits(there fs.FileInfo, dir bool) error {
	switch {
	case dir && !there.IsDir():
		return errors.New("it is no folder, and a folder is copied")
	case !dir && there.IsDir():
		return errors.New("it is a folder, and a file is copied")
	case !dir && !there.Mode().IsRegular() && there.Mode().Type() != fs.ModeSymlink:
		return errors.New("it is a device, pipe or socket")
	}
	return nil
}
