package image

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"banger/internal/problem"
	"banger/internal/progress"
)

const (
	// maxLine and tailLines bound what is kept of mmdebstrap's words.
	maxLine   = 240
	tailLines = 10
)

// buildLog takes in what mmdebstrap prints, tells progress from it and keeps the last lines.
type buildLog struct {
	sink  progress.Sink
	mu    sync.Mutex
	line  []byte
	tail  []string
	event progress.Event
}

// Write takes the next bytes; lines end with a newline or a carriage return.
func (l *buildLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range b {
		switch {
		case c == '\n' || c == '\r':
			l.take(printable(string(l.line)))
			l.line = l.line[:0]
		case len(l.line) < maxLine:
			l.line = append(l.line, c)
		}
	}
	return len(b), nil
}

func (l *buildLog) take(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	if !strings.HasPrefix(line, "I: ") && line != "E: mmdebstrap failed to run" { // they tell nothing of a cause
		l.tail = append(l.tail, line)
		l.tail = l.tail[max(0, len(l.tail)-tailLines):]
	}
	if l.advance(line) {
		l.sink.Report(l.event)
	}
}

// phases maps the beginnings of mmdebstrap's own lines to what users are told.
var phases = []struct{ line, phase string }{
	{"I: running apt-get update", "read the package lists"},
	{"I: downloading packages", "fetch the base system"},
	{"I: extracting archives", "unpack the base system"},
	{"I: installing essential", "set up the base system"},
	{"I: installing remaining", "install packages"},
	{"I: creating tarball", "write the root file system"},
}

var (
	newPackages = regexp.MustCompile(`^\d+ upgraded, (\d+) newly installed`)
	detail      = regexp.MustCompile(`^(Get:\d+ \S+ \S+ \S+ (\S+) \S+ \S+ \[|(Unpacking|Setting up|Processing triggers for) (\S+))`)
)

// advance reports whether a line changes what users are told.
func (l *buildLog) advance(line string) bool {
	for _, p := range phases {
		if strings.HasPrefix(line, p.line) {
			l.event = progress.Event{Phase: p.phase}
			return true
		}
	}
	if m := newPackages.FindStringSubmatch(line); m != nil {
		l.event.Total, _ = strconv.ParseInt(m[1], 10, 64)
		l.event.Done, l.event.Unit = 0, "packages"
		return true
	}
	m := detail.FindStringSubmatch(line)
	if m == nil || l.event.Phase == "" {
		return false
	}
	l.event.Message = m[2] + m[4]
	if m[3] == "Setting up" && l.event.Done < l.event.Total {
		l.event.Done++
	}
	return true
}

// failure says why mmdebstrap failed, as far as its last lines tell.
func (l *buildLog) failure(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	words := strings.Join(l.tail, "\n  ")
	if words == "" {
		return fmt.Errorf("mmdebstrap ended without a word: %w", err)
	}
	code, remedy := problem.Unavailable, ""
	for _, c := range causes {
		if c.pattern.MatchString(words) {
			code, remedy = c.code, c.remedy
			break
		}
	}
	return problem.New(code, "mmdebstrap failed; its last words:\n  %s", words).WithRemedy("%s", remedy)
}

var causes = []struct {
	pattern *regexp.Regexp
	code    problem.Code
	remedy  string
}{
	{regexp.MustCompile(`No space left on device`), problem.Exhausted, "free some room in /var/tmp, /dev/shm and the state folder"},
	{regexp.MustCompile(`Unable to locate package|has no installation candidate`), problem.Invalid, "see whether the suite has the package: names of packages differ between releases"},
	{regexp.MustCompile(`(?m)does not have a Release file|404 +Not Found`), problem.Invalid, "see whether the mirror has that suite"},
	{regexp.MustCompile(`Temporary failure resolving|Could not connect|Connection failed|Failed to fetch`), problem.Unavailable, "see whether `apt-get update` works on this host, and its network"},
}

// printable drops what a terminal could obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
