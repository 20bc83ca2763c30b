package client

import (
	"io"

	"banger/api"
)

// meter tells how much of a copy has passed.
type meter struct {
	word   api.Progress
	report Progress
}

// meter begins one. The size is of a single file; that of a folder is not known beforehand.
func (o CopyOptions) meter(size int64, folder bool) *meter {
	m := &meter{word: api.Progress{Phase: "copy", Unit: "bytes", Total: size}, report: o.Progress}
	if folder {
		m.word.Total = 0
	}
	return m
}

func (m *meter) add(n int) {
	m.word.Done += int64(n)
	if m.report != nil {
		m.report(m.word)
	}
}

type meteredReader struct {
	io.Reader
	meter *meter
}

// Read implements io.Reader.
func (r meteredReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.meter.add(n)
	return n, err
}

type meteredWriter struct {
	io.Writer
	meter *meter
}

// Write implements io.Writer.
func (w meteredWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.meter.add(n)
	return n, err
}
