package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	programs "os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"banger/api"
	"banger/internal/problem"
)

// requests is how many a fuzzed daemon gets.
const requests = 250

// FuzzAPI sends a daemon what its own document says that it takes, whole and damaged, and checks each answer.
// What it is seeded with runs with every test; go test -fuzz goes on from there.
func FuzzAPI(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		// Nothing but what machines of the engine fake need: no archive is asked, no image built.
		t.Setenv("PATH", toolbox(t, "mke2fs", "sh", "true", "sleep"))
		o := testOptions(testPaths(t))
		o.Shim = []string{self, boundRole, strconv.Itoa(os.Getpid())}
		furnish(t, &o)
		t.Cleanup(func() { mustBeEmpty(t, o) })
		i := again(t, o)
		i.create(named("web"))
		i.http.CloseIdleConnections()
		i.deleteAll()
		before := runtime.NumGoroutine()
		i.create(named("web"))
		i.create(named("db"))
		doc, operations := readDocument(t)
		operations = slices.DeleteFunc(operations, func(op paperOperation) bool {
			return op.ID == "shut-down" || op.ID == "delete-image" || op.ID == "delete-kernel" // nothing could be done any more
		})
		random := rand.New(rand.NewPCG(seed, 0))
		for range requests {
			i.provoke(maker{random, doc, pick(maker{Rand: random}, 0, 0, .02, .2)}, operations)
		}
		i.eventually("no operation is under way", func() bool {
			return len(get200[api.OperationList](i, "/v1/operations").Operations) == 0
		})
		i.deleteAll()
		i.http.CloseIdleConnections()
		i.eventually("no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	})
}

// toolbox is a folder with links to programs of the host.
func toolbox(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := programs.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// provoke sends one request and checks the answer.
func (i *instance) provoke(m maker, operations []paperOperation) {
	i.t.Helper()
	op := operations[m.IntN(len(operations))]
	ctx, cancel := context.WithTimeout(i.t.Context(), limit)
	defer cancel()
	req, said := m.request(ctx, op)
	resp, err := i.http.Do(req)
	if err != nil {
		i.t.Fatalf("%s: %v", said, err)
	}
	defer resp.Body.Close()
	endless := strings.HasPrefix(op.ID, "follow-") || req.URL.Query().Get("follow") != ""
	if resp.StatusCode == http.StatusSwitchingProtocols || endless && resp.StatusCode == http.StatusOK {
		return // it goes on for as long as we like
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		i.t.Fatalf("%s: %v", said, err)
	}
	if why := wrongAnswer(op, req.Method, resp, text); why != nil {
		i.t.Errorf("%s\nis answered by %s %.500s: %v", said, resp.Status, text, why)
	}
}

// request makes one, and tells what it is.
func (m maker) request(ctx context.Context, op paperOperation) (*http.Request, string) {
	path, query, header := op.path, url.Values{}, http.Header{}
	for _, p := range op.Parameters {
		text := fmt.Sprint(m.value(p.Name, p.Schema))
		switch p.In {
		case "path":
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
		case "query":
			if m.IntN(2) == 0 {
				query.Add(p.Name, text)
			}
		case "header":
			if text != "" && !strings.ContainsAny(text, "\x00\n") {
				header.Set(p.Name, text)
			}
		}
	}
	if op.ID == "exec-vm" {
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
			if m.Float64() >= m.damage {
				header.Set(name, value)
			}
		}
	}
	var body []byte
	if content, ok := op.RequestBody.Content["application/json"]; ok {
		header.Set("Content-Type", "application/json")
		body = m.body(content.Schema)
	}
	if m.Float64() < m.damage {
		header.Set("Content-Type", pick(m, "", "text/plain", "application/xml", "application/json; charset=latin1", ";;"))
	}
	if m.IntN(8) == 0 {
		header.Set(operationHeader, chosenID)
	}
	header.Set("Accept", pick(m, "", "*/*", "application/json", eventStream, "text/html", ";"))
	method := op.method
	if m.Float64() < m.damage {
		method = pick(m, "GET", "PUT", "PATCH", "OPTIONS", "HEAD", "BREW")
	}
	target := "http://banger" + path + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		panic(err) // every part was encoded
	}
	req.Header = header
	return req, fmt.Sprintf("%s %.300s %v %.300q", method, target, header, body)
}

func (m maker) body(s paperSchema) []byte {
	text, err := json.Marshal(m.value("", s))
	if err != nil { // numbers that JSON does not have
		text = []byte(`{"vcpu":1e400}`)
	}
	if m.Float64() >= m.damage {
		return text
	}
	return pick(m, nil, []byte{}, []byte("null"), []byte("{"), []byte(`""`), text[:len(text)/2], append(text, text...), []byte(`{"name":"a","name":"b"}`),
		bytes.Repeat([]byte("["), 100_000), bytes.Repeat([]byte(`{"a":`), 50_000), bytes.Repeat([]byte(" "), maxBody+1), []byte("\xff\xfe"), []byte("\xef\xbb\xbf{}"))
}

// wrongAnswer tells what is wrong with an answer.
func wrongAnswer(op paperOperation, method string, resp *http.Response, text []byte) error {
	if resp.StatusCode >= http.StatusBadRequest {
		if method == http.MethodHead {
			return nil // has no body
		}
		if kind := resp.Header.Get("Content-Type"); kind != problemType {
			return fmt.Errorf("content type %q", kind)
		}
		return wrongProblem(op, text, resp.StatusCode)
	}
	if op.Responses[fmt.Sprint(resp.StatusCode)] == nil && method == op.method {
		return errors.New("the document does not have this status")
	}
	if resp.Header.Get("Content-Type") != eventStream {
		return nil
	}
	events := strings.Split(strings.TrimSuffix(string(text), "\n\n"), "\n\n")
	last := events[len(events)-1]
	if data, ok := strings.CutPrefix(last, "event: error\ndata: "); ok {
		return wrongProblem(op, []byte(data), 0)
	}
	if !strings.HasPrefix(last, "event: result\ndata: ") {
		return errors.New("the last event is neither result nor error")
	}
	return nil
}

// ofGo are words that a user must not see.
var ofGo = regexp.MustCompile(`goroutine |json: |strconv\.|runtime error|0xc0|%!|\*[a-z]+\.[A-Z]`)

// blame are the errors with 5xx that a request can rightly meet: the host lacks something, or another request, which goes on by
// itself, has ended or paused the guest meanwhile.
var blame = map[int]problem.Code{503: problem.Unavailable, 502: problem.GuestFailed, 504: problem.Timeout, 507: problem.Exhausted}

// wrongProblem tells what is wrong with a Problem that came with a status; 0 means any.
func wrongProblem(op paperOperation, text []byte, status int) error {
	var p api.Problem
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&p); err != nil {
		return err
	}
	_, known := statuses[problem.Code(p.Code)]
	switch {
	case !known:
		return fmt.Errorf("unknown code %q", p.Code)
	case p.Detail == "" || p.Title == "" || status != 0 && p.Status != status:
		return errors.New("it is not whole")
	case p.Status >= 500 && (p.Code != string(blame[p.Status]) || op.Responses[fmt.Sprint(p.Status)] == nil):
		return errors.New("nobody else is to blame, or the document does not know of it")
	case ofGo.MatchString(p.Detail + p.Remedy):
		return errors.New("it speaks of Go")
	}
	return nil
}
