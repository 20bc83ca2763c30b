package kernel

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"banger/internal/progress"
)

// download fetches a package into the folder debs and reports how far it is.
func (a aptState) download(ctx context.Context, pkg string, sink progress.Sink) error {
	phase := "fetch package " + pkg
	sink.Phase(phase)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := a.program(ctx, a.get, "-o", "APT::Status-Fd=3", "download", pkg)
	cmd.ExtraFiles = []*os.File{w}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for s := bufio.NewScanner(r); s.Scan(); {
			if percent, ok := downloaded(s.Text()); ok {
				sink.Report(progress.Event{Phase: phase, Done: percent, Total: 100, Unit: "%"})
			}
		}
		_, _ = io.Copy(io.Discard, r) // a full pipe would stop apt
	}()
	_, err = run(ctx, cmd)
	err = errors.Join(err, w.Close())
	<-told
	return err
}

// downloaded reads a line of apt's status: "dlstatus:1:12.34:Retrieving file 1 of 1"
// (README.progress-reporting of apt).
func downloaded(line string) (percent int64, ok bool) {
	parts := strings.SplitN(line, ":", 4)
	if len(parts) != 4 || parts[0] != "dlstatus" {
		return 0, false
	}
	value, err := strconv.ParseFloat(parts[2], 64)
	return int64(value), err == nil && value >= 0 && value <= 100
}
