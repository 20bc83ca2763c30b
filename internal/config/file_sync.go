package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// FileSync is a file or folder of the user's home that guests get a copy of at each start.
type FileSync struct {
	Host  string      // relative to the user's home
	Guest string      // relative to GuestHome
	Mode  fs.FileMode // of the file; 0 keeps the permission bits that it has
}

// GuestHome is what a FileSync is copied into.
const GuestHome = "/root"

// syncList is the key of Config.FileSync, a list of tables.
const syncList = "file_sync"

// syncKeys are the settings of one entry of it.
var syncKeys = map[string]func(s *FileSync, text, home string) error{
	"host": func(s *FileSync, text, home string) (err error) {
		s.Host, err = below(home, text)
		return err
	},
	"guest": func(s *FileSync, text, _ string) (err error) {
		s.Guest, err = below(GuestHome, text)
		return err
	},
	"mode": func(s *FileSync, text, _ string) error {
		mode, err := strconv.ParseUint(text, 8, 32)
		if text != "" && (err != nil || mode == 0 || mode > uint64(fs.ModePerm)) {
			return fmt.Errorf("%.16q is no mode of a file such as 0600", text)
		}
		s.Mode = fs.FileMode(mode)
		return nil
	},
}

// below is the path that text means, relative to home, which is empty when nobody knows it.
func below(home, text string) (string, error) {
	path, inHome := strings.CutPrefix(text, "~/")
	switch {
	case text == "":
		return "", errors.New("it cannot be empty")
	case strings.ContainsRune(text, 0):
		return "", errors.New("a path cannot hold a zero byte")
	case inHome:
	case filepath.IsAbs(text) && home == "":
		return "", fmt.Errorf("HOME is not set, and %.256q is to be inside it", text)
	case filepath.IsAbs(text):
		path, _ = filepath.Rel(home, text) // of two absolute paths there always is one
	case text[0] == '~':
		path = ".."
	}
	up := slices.Contains(strings.Split(text, "/"), "..")
	if path = filepath.Clean(path); up || path == "." || !filepath.IsLocal(path) {
		return "", fmt.Errorf("%.256q does not name something inside %s", text, cmp.Or(home, "the home folder"))
	}
	return path, nil
}
