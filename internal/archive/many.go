package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// Source is a file or folder that is open to be packed. What its path meant when it was opened is what is packed.
type Source struct {
	Name string      // what it is called in the stream
	Mode fs.FileMode // of a file, in place of its own; 0 keeps that
	path string      // for errors
	file *os.File    // one of the two
	tree *os.Root
}

// OpenSource opens the file or folder at name in root, by symbolic links that do not lead out of it.
func OpenSource(root *os.Root, name string) (*Source, error) {
	s := &Source{Name: name, path: path.Join(root.Name(), name)}
	info, err := root.Stat(name)
	switch {
	case err != nil:
	case info.IsDir():
		s.tree, err = root.OpenRoot(name)
	case info.Mode().IsRegular():
		s.file, err = root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe by now
	default:
		err = errors.New("it is neither a file nor a folder")
	}
	if err != nil {
		return nil, failed("read", s.path, err)
	}
	return s, nil
}

// IsDir reports whether it is a folder.
func (s *Source) IsDir() bool { return s.tree != nil }

// Close closes it.
func (s *Source) Close() error {
	if s.tree != nil {
		return s.tree.Close()
	}
	return s.file.Close()
}

// PackAll writes sources to w, for UnpackInto, each once. Of the options only Preserve counts.
func PackAll(w io.Writer, sources []*Source, o Options) (Result, error) {
	p := newPacker(w, "", ".", o)
	for _, s := range sources {
		p.source, p.base, p.mode, p.root = s.path, s.Name, s.Mode, s.tree
		if err := p.one(s); err != nil {
			return p.Result, err
		}
	}
	return p.Result, p.tar.Close()
}

func (p *packer) one(s *Source) error {
	if s.file != nil {
		return p.file(".", s.file)
	}
	info, err := s.tree.Stat(".")
	if err != nil {
		return fmt.Errorf("read %q: %w", s.path, err)
	}
	return p.folder(".", info)
}
