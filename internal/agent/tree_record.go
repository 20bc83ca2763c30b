package agent

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// record is what the agent remembers of a workspace. On disk it is recordForm, a message (package guestlink), and its entries, each as
// package tree has it and followed by inode and ctime.
type record struct {
	Path   string `json:"path"` // the workspace's
	Base   string `json:"base"`
	Commit string `json:"commit"`
	Count  int    `json:"count"` // of entries
	// entries are sorted by path.
	entries []known
	torn    bool // it is of before a put that never came to its end
}

const (
	recordForm = "banger workspace 1\n"
	tornSuffix = ".torn"
)

// known is a file as it was when it had been written, or, with Aside, a folder that holds nothing but what is known
// as well: as long as its times are the same nobody has added anything. A ctime of 0, which no file has, means that it may hold more.
type known struct {
	tree.Entry        // Time is what the file has got
	inode      uint64 // of folders 0: file systems in layers (overlay) change it with each start
	ctime      int64  // ns
}

// topFolder is the workspace's own in a record.
const topFolder = "."

// same reports whether a file still looks as it did. Nobody can set back a ctime.
func (k known) same(st unix.Stat_t) bool {
	if k.Mode == tree.Folder {
		return st.Mode&unix.S_IFMT == unix.S_IFDIR && k.ctime == st.Ctim.Nano() && k.Time == st.Mtim.Nano()
	}
	return k.inode == st.Ino && k.Size == st.Size && k.Time == st.Mtim.Nano() && k.ctime == st.Ctim.Nano()
}

// readRecord reads the record of the workspace at path. Without one it gives an empty one, and also when there is one of another path.
func readRecord(file, path string) (*record, error) {
	r, err := loadRecord(file)
	if errors.Is(err, fs.ErrNotExist) {
		if r, err = loadRecord(file + tornSuffix); err == nil {
			r.torn = true
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &record{Path: path}, nil
	case err != nil:
		return nil, fmt.Errorf("read what is remembered of the workspace: %w", err)
	case r.Path != path:
		return &record{Path: path}, nil
	}
	return r, nil
}

func loadRecord(file string) (*record, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &record{}
	if err := r.decode(bufio.NewReaderSize(f, 64<<10)); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", file, err)
	}
	return r, nil
}

func (r *record) decode(in io.Reader) error {
	form := make([]byte, len(recordForm))
	if _, err := io.ReadFull(in, form); err != nil || string(form) != recordForm {
		return errors.Join(err, errors.New("it is no record of this agent's"))
	}
	if err := guestlink.ReadMessage(in, r); err != nil {
		return err
	}
	for range r.Count {
		e, err := tree.ReadEntry(in)
		var rest [16]byte
		if err == nil {
			_, err = io.ReadFull(in, rest[:])
		}
		if err != nil {
			return err
		}
		r.entries = append(r.entries, known{e, binary.BigEndian.Uint64(rest[:]), int64(binary.BigEndian.Uint64(rest[8:]))})
	}
	return nil
}

// write puts r in the place of file, whole or not at all.
func (r *record) write(file string) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	temp := file + ".new" // puts take turns
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	err = errors.Join(r.encode(out), out.Flush(), f.Close())
	if err == nil {
		err = os.Rename(temp, file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("remember the workspace: %w", err), os.Remove(temp))
	}
	return nil
}

func (r *record) encode(out io.Writer) error {
	r.Count = len(r.entries)
	if _, err := io.WriteString(out, recordForm); err != nil {
		return err
	}
	if err := guestlink.WriteMessage(out, r); err != nil {
		return err
	}
	for _, k := range r.entries {
		if err := tree.WriteEntry(out, k.Entry); err != nil {
			return err
		}
		rest := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, k.inode), uint64(k.ctime))
		if _, err := out.Write(rest); err != nil {
			return err
		}
	}
	return nil
}

// find gives what is known of path.
func (r *record) find(path string) (known, bool) {
	i, ok := slices.BinarySearchFunc(r.entries, path, func(k known, path string) int { return strings.Compare(k.Path, path) })
	if !ok {
		return known{}, false
	}
	return r.entries[i], true
}

// update has what is now win over what was. What is Gone is forgotten.
func (r *record) update(now map[string]known) {
	r.entries = slices.DeleteFunc(r.entries, func(k known) bool { _, is := now[k.Path]; return is })
	for _, k := range now {
		if k.Mode != tree.Gone {
			r.entries = append(r.entries, k)
		}
	}
	slices.SortFunc(r.entries, func(a, b known) int { return strings.Compare(a.Path, b.Path) })
}
