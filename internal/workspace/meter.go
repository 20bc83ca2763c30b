package workspace

import "banger/internal/progress"

// meter tells of bytes that have been dealt with, not too often.
type meter struct {
	sink              progress.Sink
	done, told, total int64
}

const step = 1 << 20

func (m *meter) add(n int64) {
	if m.done += n; m.done-m.told >= step {
		m.told = m.done
		m.sink.Report(progress.Event{Phase: "copy workspace", Done: min(m.done, m.total), Total: m.total, Unit: "bytes"})
	}
}
