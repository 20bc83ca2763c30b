package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/internal/config"
	"banger/internal/paths"
	"banger/internal/problem"
	"banger/internal/unixsock"
)

// instance is a daemon that serves, in folders of its own.
type instance struct {
	t     *testing.T
	paths paths.Paths
	http  *http.Client
	end   context.CancelFunc
	ended chan error

	stopped bool
}

func testPaths(t *testing.T) paths.Paths {
	dir := t.TempDir()
	return paths.Paths{
		State: filepath.Join(dir, "state"), Cache: filepath.Join(dir, "cache"), Runtime: filepath.Join(dir, "run"),
	}
}

func testOptions(p paths.Paths) Options {
	return Options{
		Paths: p,
		Config: config.Config{
			LogLevel: "debug", Engine: "fake", DefaultImage: "debian-bookworm", DefaultKernel: "debian-cloud",
			Subnet: netip.MustParsePrefix("172.16.0.0/24"),
		},
		Build: Build{Version: "v1.2.3", Commit: "abc", Time: time.Unix(1, 0)},
		Shim:  []string{self, shimRole},
		Ready: func() {},
	}
}

// start runs a daemon until the test ends.
func start(t *testing.T, o Options) *instance {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{t: t, paths: o.Paths, end: cancel, ended: make(chan error, 1)}
	i.http = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return unixsock.Dial(ctx, o.Paths.Socket())
	}}}
	ready := make(chan struct{})
	o.Ready = func() { close(ready) }
	go func() { i.ended <- Run(ctx, o) }()
	select {
	case <-ready:
	case err := <-i.ended:
		cancel()
		t.Fatalf("the daemon did not come up: %v", err)
	}
	t.Cleanup(i.stop)
	return i
}

// stop ends the daemon and checks that it ends well; it can be called again.
func (i *instance) stop() {
	i.end()
	if i.stopped {
		return
	}
	i.stopped = true
	if err := <-i.ended; err != nil {
		i.t.Errorf("the daemon ended with %v", err)
	}
	i.http.CloseIdleConnections()
}

// call sends a request with a body, which may be nil or text, and gives the answer with its text.
func (i *instance) call(method, path string, body any, headers ...string) (*http.Response, string) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit) // the end of a test calls too
	defer cancel()
	resp := i.open(ctx, method, path, body, headers...)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return resp, string(text)
}

func (i *instance) open(ctx context.Context, method, path string, body any, headers ...string) *http.Response {
	i.t.Helper()
	resp, err := i.try(ctx, method, path, body, headers...)
	if err != nil {
		i.t.Fatal(err)
	}
	return resp
}

func (i *instance) try(ctx context.Context, method, path string, body any, headers ...string) (*http.Response, error) {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://banger"+path, r)
	if err != nil {
		return nil, err
	}
	for h := 0; h+1 < len(headers); h += 2 {
		req.Header.Set(headers[h], headers[h+1])
	}
	return i.http.Do(req)
}

// get decodes a plain answer.
func get200[T any](i *instance, path string) (out T) {
	i.t.Helper()
	resp, text := i.call(http.MethodGet, path, nil)
	if resp.StatusCode != http.StatusOK || strings.Contains(text, "$schema") {
		i.t.Fatalf("GET %s: %s %s", path, resp.Status, text)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		i.t.Fatalf("GET %s: %v in %s", path, err, text)
	}
	return out
}

// wantProblem checks that an answer is a whole problem with this status and code.
func wantProblem(t *testing.T, resp *http.Response, text string, status int, code problem.Code) {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("content type %q, want a problem", kind)
	}
	if resp.StatusCode != status || p.Status != status || p.Code != string(code) ||
		p.Type != "about:blank" || p.Title == "" || p.Detail == "" || p.Operation != resp.Header.Get(operationHeader) {
		t.Errorf("status %d, %s; want %d, code %s and every field", resp.StatusCode, text, status, code)
	}
}

func TestStatus(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	status := get200[api.Status](i, "/v1/status")
	if status.PID != os.Getpid() || status.Version != "v1.2.3" || status.Socket != i.paths.Socket() ||
		!status.Built.Equal(time.Unix(1, 0)) || time.Since(status.Started) > time.Minute || status.Uptime < 0 || status.Uptime > time.Since(status.Started).Milliseconds() || len(status.VMs) != 0 || status.Why == "" {
		t.Errorf("status %+v", status)
	}
	if v := get200[api.Version](i, "/v1/version"); v != (api.Version{Version: "v1.2.3", Commit: "abc", API: "v1"}) {
		t.Errorf("version %+v", v)
	}
	if l := get200[api.VMList](i, "/v1/vms"); l.VMs == nil || len(l.VMs) != 0 {
		t.Errorf("VMs %#v, want an empty list", l)
	}
	get200[api.ImageList](i, "/v1/images")
	get200[api.KernelList](i, "/v1/kernels")
}

// small is a body that fits the API.
func small(change func(*api.CreateVM)) api.CreateVM {
	c := api.CreateVM{VCPU: 1, Memory: 256 << 20, Disk: 1 << 30, System: 1 << 30, Engine: "fake"}
	change(&c)
	return c
}

func TestEveryRefusalIsAProblem(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		code         problem.Code
	}{
		"unknown path":    {http.MethodGet, "/v1/nothing", nil, 404, problem.NotFound},
		"root":            {http.MethodGet, "/", nil, 404, problem.NotFound},
		"docs":            {http.MethodGet, "/docs", nil, 404, problem.NotFound},
		"other method":    {http.MethodPut, "/v1/vms", nil, 405, problem.Invalid},
		"no such VM":      {http.MethodGet, "/v1/vms/nobody", nil, 404, problem.NotFound},
		"delete nothing":  {http.MethodDelete, "/v1/vms/nobody", nil, 404, problem.NotFound},
		"start nothing":   {http.MethodPost, "/v1/vms/nobody/start", nil, 404, problem.NotFound},
		"stop nothing":    {http.MethodPost, "/v1/vms/nobody/stop", nil, 404, problem.NotFound},
		"kill nothing":    {http.MethodPost, "/v1/vms/nobody/kill", nil, 404, problem.NotFound},
		"logs of nothing": {http.MethodGet, "/v1/vms/nobody/logs", nil, 404, problem.NotFound},
		"no such image":   {http.MethodGet, "/v1/images/nothing", nil, 404, problem.NotFound},
		"no such kernel":  {http.MethodGet, "/v1/kernels/nothing", nil, 404, problem.NotFound},
		"delete image":    {http.MethodDelete, "/v1/images/nothing", nil, 404, problem.NotFound},
		"delete kernel":   {http.MethodDelete, "/v1/kernels/nothing", nil, 404, problem.NotFound},
		"no body":         {http.MethodPost, "/v1/vms", nil, 400, problem.Invalid},
		"no JSON":         {http.MethodPost, "/v1/vms", "{", 400, problem.Invalid},
		"unknown field":   {http.MethodPost, "/v1/vms", `{"vcpu":1,"memory_bytes":1,"disk_bytes":1,"system_bytes":1,"start":true,"colour":"red"}`, 422, problem.Invalid},
		"missing field":   {http.MethodPost, "/v1/vms", `{"vcpu":1}`, 422, problem.Invalid},
		"wrong type":      {http.MethodPost, "/v1/vms", `{"vcpu":"one"}`, 422, problem.Invalid},
		"wrong engine":    {http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.Engine = "xen" }), 422, problem.Invalid},
		"wrong name":      {http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.Name = "Web!" }), 400, problem.Invalid},
		"too many vcpus":  {http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.VCPU = 4096 }), 400, problem.Invalid},
		"unknown image":   {http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.Image = "nothing" }), 404, problem.NotFound},
		"too long":        {http.MethodPost, "/v1/vms", strings.Repeat(" ", maxBody+1), 413, problem.Invalid},
		"relative path":   {http.MethodPost, "/v1/kernels/import", api.ImportKernel{Name: "k", From: "x.deb"}, 400, problem.Invalid},
		"long wait":       {http.MethodPost, "/v1/vms/nobody/stop", api.StopVM{TimeoutMillis: -1}, 400, problem.Invalid},
		"odd tail":        {http.MethodGet, "/v1/vms/nobody/logs?tail=x", nil, 422, problem.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			resp, text := i.call(c.method, c.path, c.body)
			wantProblem(t, resp, text, c.status, c.code)
			if strings.Contains(c.path, "nobody") && c.status == 404 && !strings.Contains(text, "nobody") {
				t.Errorf("%s does not name what was not found", text)
			}
		})
	}
}

func TestLongRequestAsEvents(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	body := small(func(c *api.CreateVM) { c.Image = "nothing" })
	resp, text := i.call(http.MethodPost, "/v1/vms", body, "Accept", "text/event-stream")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	data, ok := strings.CutPrefix(text, "event: error\ndata: ")
	var p api.Problem
	if err := json.Unmarshal([]byte(data), &p); !ok || err != nil || p.Code != "not_found" || !strings.HasSuffix(text, "\n\n") {
		t.Errorf("%q, want one error event", text)
	}
}

func TestDamagedKernelIsListed(t *testing.T) {
	o := testOptions(testPaths(t))
	if err := os.MkdirAll(filepath.Join(o.Paths.Kernels(), "bad"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(o.Paths.State, 0o700); err != nil {
		t.Fatal(err)
	}
	i := start(t, o)
	if got := get200[api.KernelList](i, "/v1/kernels").Kernels; len(got) != 1 || got[0].Name != "bad" || got[0].Damage == "" {
		t.Errorf("listed %+v, want the damaged one with what is wrong", got)
	}
}

func TestShutdown(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	resp, text := i.call(http.MethodPost, "/v1/shutdown?vms=true", nil, "Accept", "text/event-stream")
	if resp.StatusCode != 200 || text != "event: result\ndata: {}\n\n" {
		t.Errorf("%s %q", resp.Status, text)
	}
	if err := <-i.ended; err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	i.stopped = true
	if _, err := os.Lstat(i.paths.Socket()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its socket is left: %v", err)
	}
}

func TestOneDaemonAStateFolder(t *testing.T) {
	p := testPaths(t)
	i := start(t, testOptions(p))
	err := Run(t.Context(), testOptions(p))
	if problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), "pid") || problem.RemedyOf(err) == "" {
		t.Errorf("second daemon: %v, want a conflict that says who has it", err)
	}
	get200[api.Status](i, "/v1/status")
	i.stop()
	start(t, testOptions(p))
}

func TestFoldersAreClosed(t *testing.T) {
	p := testPaths(t)
	if err := os.Mkdir(p.Runtime, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), testOptions(p)); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("with an open runtime folder: %v, want a refusal", err)
	}
	if err := os.Remove(p.Runtime); err != nil {
		t.Fatal(err)
	}
	i := start(t, testOptions(p))
	for path, want := range map[string]os.FileMode{p.State: 0o700, p.Runtime: 0o700, p.Socket(): 0o600, p.DaemonLog(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	i.stop()
}
