package progress

// Event is one word of progress.
type Event struct {
	// Phase says what is going on, in the user's words: "build image debian-bookworm".
	Phase string `json:"phase"`
	// Message is the newest detail, one line, possibly empty.
	Message string `json:"message,omitempty"`
	// Done and Total are in Unit; Total is 0 when it is not known.
	Done  int64 `json:"done,omitempty"`
	Total int64 `json:"total,omitempty"`
	// Unit is "bytes", or what is counted.
	Unit string `json:"unit,omitempty"`
}

// Sink receives events. It must be quick and may be called from any goroutine.
type Sink func(Event)

// Report passes e on; a nil Sink drops it.
func (s Sink) Report(e Event) {
	if s != nil {
		s(e)
	}
}

// Phase reports that a phase begins.
func (s Sink) Phase(phase string) { s.Report(Event{Phase: phase}) }
