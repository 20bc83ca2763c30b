package workspace

import (
	"bytes"
	"encoding/gob"
	"os"
	"path/filepath"
	"time"
)

// settled is how long ago a file must have changed for its times to tell that it has not changed since. Tests do not wait for it.
var settled = 3 * time.Second

// memory is what files of a working tree were when they were read last, so that those that look the same need not be read again. It can be lost.
type memory map[string]remembered

type remembered struct {
	Stat  stat
	Sum   []byte
	Guest int64 // the time that the guest's file was given
}

// remembrance is memory as a file has it.
type remembrance struct {
	Root  string
	Files memory
}

func (d Dir) memoryFile() string { return filepath.Join(string(d), "read") }

// remember gives what is known of the files below root; nothing, when it cannot be read.
func (d Dir) remember(root string) memory {
	f, err := os.Open(d.memoryFile())
	if err != nil {
		return nil
	}
	defer f.Close()
	var r remembrance
	if err := gob.NewDecoder(f).Decode(&r); err != nil || r.Root != root {
		return nil
	}
	return r.Files
}

// memorize notes files. Those that changed a moment before they were read could have changed again unseen, and are not noted.
func (d Dir) memorize(root string, began time.Time, done map[string]piece) error {
	r := remembrance{Root: root, Files: memory{}}
	for path, p := range done {
		if p.stat.Mode != 0 && p.stat.Ctime < began.Add(-settled).UnixNano() && p.stat.Mtime < began.Add(-settled).UnixNano() {
			r.Files[path] = remembered{p.stat, p.entry.Sum, p.guest}
		}
	}
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(r); err != nil {
		return err
	}
	return replace(d.memoryFile(), text.Bytes())
}

// of is what is known of a file that looks like this.
func (m memory) of(path string, s stat) remembered {
	if r := m[path]; r.Stat == s {
		return r
	}
	return remembered{}
}
