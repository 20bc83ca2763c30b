package logfile

import (
	"fmt"
	"os"
	"sync"
)

// Previous is what the older file's name has in addition.
const Previous = ".1"

// File is an append-only log with a cap. It is safe for concurrent use.
type File struct {
	path string
	half int64

	mu   sync.Mutex
	file *os.File
	size int64
}

// Open opens the log at path, appending to what is there. limit bounds both files
// together, in bytes.
func Open(path string, limit int64) (*File, error) {
	l := &File{path: path, half: limit / 2}
	if err := l.open(os.O_APPEND); err != nil {
		return nil, err
	}
	return l, nil
}

// Write appends p, rotating first when p does not fit. Of a p longer than half of
// the cap only the end is kept.
func (l *File) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := p
	if int64(len(kept)) > l.half {
		kept = kept[int64(len(kept))-l.half:]
	}
	if l.size+int64(len(kept)) > l.half {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(kept)
	l.size += int64(n)
	if err != nil {
		return 0, fmt.Errorf("write log %s: %w", l.path, err)
	}
	return len(p), nil
}

// Close closes the file. Writing afterwards is an error.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

func (l *File) rotate() error {
	if err := os.Rename(l.path, l.path+Previous); err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	return l.open(os.O_EXCL)
}

func (l *File) open(flag int) error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|flag, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("open log: %w", err)
	}
	l.file, l.size = f, info.Size()
	return nil
}
