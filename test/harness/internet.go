package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// InternetControl is the name of test/internet's socket in its folder.
const InternetControl = "control"

// Seen is what test/internet has seen of a host's in a while: each packet that begins something, as "tcp 10.0.0.5:80", "udp 8.8.8.8:53"
// or "ping 10.0.0.5", to whatever address, the host's own among them; and the names that its DNS servers were asked for.
type Seen struct{ Packets, Queries []string }

// Internet is a running test/internet. Only root can have one.
type Internet struct {
	dir     string
	process *Process
	alive   *os.File
	host    string // id of a process in the namespaces of the host that has this internet
	control http.Client
}

// StartInternet builds and starts one in dir, which it makes. What lies in dir/www is served.
func StartInternet(dir string) (*Internet, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "www"), 0o755); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "internet")
	if err := goBuild(root, "-o", program, "./test/internet"); err != nil {
		return nil, err
	}
	i := &Internet{dir: dir}
	i.control.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, InternetControl))
	}}
	if err := i.start(program); err != nil {
		return nil, err
	}
	return i, nil
}

func (i *Internet) start(program string) error {
	in, alive, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	i.alive = alive
	out, says, err := os.Pipe()
	if err != nil {
		return errors.Join(err, alive.Close())
	}
	defer out.Close()
	call := &Call{Path: "unshare", Args: []string{"--net", program, i.dir}, Env: os.Environ(), Stdin: in, Stdout: says}
	i.process, err = call.Start()
	says.Close()
	if err != nil {
		return errors.Join(err, alive.Close())
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start the tests' internet: %w", i.Close())
	}
	i.host = strings.TrimSpace(line)
	return nil
}

// Join has a host's programs run where this is the internet. It must be called before any of them has.
func (i *Internet) Join(h *Host) {
	h.Inside = []string{"nsenter", "--target", i.host, "--net", "--mount", "--"}
}

// Seen gives what was seen since it was called last, up to this moment.
func (i *Internet) Seen(ctx context.Context) (seen Seen, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://internet/", nil)
	if err != nil {
		return seen, err
	}
	answer, err := i.control.Do(request)
	if err != nil {
		return seen, err
	}
	defer answer.Body.Close()
	return seen, json.NewDecoder(answer.Body).Decode(&seen)
}

// Close ends it, after whatever runs inside.
func (i *Internet) Close() error {
	i.alive.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if r := i.process.Wait(ctx); r.Exit != 0 || r.Err != nil {
		return fmt.Errorf("test/internet: exit %d %v: %s", r.Exit, r.Err, r.Stderr)
	}
	return nil
}
