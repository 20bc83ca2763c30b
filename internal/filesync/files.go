package filesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"banger/internal/archive"
	"banger/internal/config"
	"banger/internal/guestlink"
	"banger/internal/problem"
)

// Set is what every guest is to have.
type Set struct {
	Home    string // of the user; absolute, or empty when there is none
	Entries []config.FileSync
}

// Files are those of a Set that there are. They are open, until Close.
type Files struct {
	// Missing tells of those that there are not, a line each.
	Missing []string
	sources []*archive.Source
}

// Open opens the files. It returns when ctx ends, also when a disk does not answer.
func (s Set) Open(ctx context.Context) (*Files, error) {
	if len(s.Entries) == 0 {
		return &Files{}, nil
	}
	type result struct {
		files *Files
		err   error
	}
	opened := make(chan result, 1)
	go func() {
		files, err := s.open()
		opened <- result{files, err}
	}()
	select {
	case r := <-opened:
		return r.files, r.err
	case <-ctx.Done():
		go func() { (<-opened).files.Close() }()
		return nil, context.Cause(ctx)
	}
}

func (s Set) open() (*Files, error) {
	home, err := filepath.EvalSymlinks(s.Home)
	if err == nil && !filepath.IsAbs(home) {
		err = errors.New("nobody says where the home folder is")
	}
	if err != nil {
		return nil, problem.New(problem.Invalid, "look for the files of file_sync: %w", err).
			WithRemedy("set HOME to your home folder, and start the daemon anew: banger daemon stop")
	}
	root, err := os.OpenRoot(home)
	if err != nil {
		return nil, fmt.Errorf("open the home folder: %w", err)
	}
	defer root.Close()
	files := &Files{}
	for i, e := range s.Entries {
		source, err := open(root, e)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			files.Missing = append(files.Missing, fmt.Sprintf("file_sync entry %d: there is no %q in the home folder", i+1, "~/"+e.Host))
		case err != nil:
			files.Close()
			return nil, problem.New(problem.Invalid, "file_sync entry %d: %w", i+1, err).WithRemedy(remedy)
		default:
			files.sources = append(files.sources, source)
		}
	}
	return files, nil
}

// remedy is for a file that cannot be copied.
const remedy = "mend the file, or that entry of the configuration and start the daemon anew: banger daemon stop"

// open opens the file or folder of an entry.
func open(root *os.Root, e config.FileSync) (*archive.Source, error) {
	path := filepath.Join(root.Name(), e.Host)
	leads, err := filepath.EvalSymlinks(path) // links are often absolute, which an os.Root does not take
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(root.Name(), leads)
	if err != nil || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%q leads out of the home folder, to %q", "~/"+e.Host, leads)
	}
	source, err := archive.OpenSource(root, name)
	if err != nil {
		return nil, err
	}
	if e.Mode != 0 && source.IsDir() {
		source.Close()
		return nil, fmt.Errorf("%q is a folder, and a mode is for files", "~/"+e.Host)
	}
	source.Name, source.Mode = e.Guest, e.Mode
	return source, nil
}

// Empty reports whether there are none.
func (f *Files) Empty() bool { return len(f.sources) == 0 }

// Request is what the guest's agent must be asked to take them.
func (f *Files) Request() guestlink.CopyTo {
	return guestlink.CopyTo{Path: config.GuestHome, Tar: true, Preserve: true}
}

// Pack writes them to w, once.
func (f *Files) Pack(w io.Writer) error {
	if _, err := archive.PackAll(w, f.sources, archive.Options{Preserve: true}); err != nil {
		return problem.New(problem.Conflict, "%w", err).WithRemedy(remedy)
	}
	return nil
}

// Close closes them. A Pack that is under way fails. A nil f has none.
func (f *Files) Close() {
	if f == nil {
		return
	}
	for _, s := range f.sources {
		s.Close() // was only read
	}
}
