package daemon

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"banger/internal/unixsock"
)

// A request of 100 MB is refused without being read into memory, whichever operation it is for and whether or not it tells its length.
func TestHugeRequests(t *testing.T) {
	const huge = 100 << 20
	t.Setenv("PATH", toolbox(t)) // no archive is asked
	i := start(t, testOptions(testPaths(t)))
	_, operations := readDocument(t)
	for _, op := range operations {
		if op.ID == "shut-down" {
			continue // ends the daemon whatever comes with it
		}
		for _, length := range []string{fmt.Sprintf("Content-Length: %d", huge), "Transfer-Encoding: chunked"} {
			t.Run(op.ID+" "+length[:3], func(t *testing.T) {
				before := allocated()
				status, sent := i.flood(t, op, length, huge)
				if len(op.RequestBody.Content) > 0 && status != http.StatusRequestEntityTooLarge { // others do not look at a body
					t.Errorf("answered %d", status)
				}
				if got := allocated() - before; got > 8*maxBody || sent > 8*maxBody {
					t.Errorf("%d bytes were taken, and %d of memory for them", sent, got)
				}
			})
		}
	}
	get200[struct{ PID int }](i, "/v1/status")
}

// allocated is what this process has allocated so far, in bytes.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// flood sends a body until the daemon has answered, or it is all sent.
func (i *instance) flood(t *testing.T, op paperOperation, length string, size int) (status, sent int) {
	t.Helper()
	conn, err := unixsock.Dial(t.Context(), i.paths.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	path := strings.NewReplacer("{ref}", "web", "{name}", "web").Replace(op.path)
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: banger\r\nContent-Type: application/json\r\n%s\r\n\r\n", op.method, path, length)
	part := strings.Repeat(" ", 64<<10)
	if strings.HasPrefix(length, "Transfer") {
		part = fmt.Sprintf("%x\r\n%s\r\n", len(part), part)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sent < size {
			n, err := io.WriteString(conn, part)
			if sent += n; err != nil {
				return // it takes no more
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	<-done
	return resp.StatusCode, sent
}
