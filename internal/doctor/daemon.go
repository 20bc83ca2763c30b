package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"banger/api"
	"banger/internal/unixsock"
)

// checkDaemon asks a daemon that runs for its version, and starts none.
func checkDaemon(ctx context.Context, h *host) []Row {
	socket := h.paths.Socket()
	if info, err := os.Lstat(socket); err == nil && info.Mode().Type() != fs.ModeSocket {
		return failed(socket+" is no socket, so that no daemon can listen there", "move it away")
	}
	version, err := daemonVersion(ctx, socket)
	if err == nil {
		return passed(fmt.Sprintf("version %s answers on %s", version, socket))
	}
	listens := !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED)
	pid := h.daemon()
	switch {
	case listens && ctx.Err() != nil && pid != "":
		return failed(fmt.Sprintf("the daemon (pid %s) does not answer on %s", pid, socket), "kill -9 "+pid+"; no VM stops, and the next command starts another daemon")
	case listens:
		return failed(fmt.Sprintf("what listens on %s does not answer as a daemon does: %v", socket, err), "end it, and move its socket away")
	case pid != "":
		return warned(fmt.Sprintf("a daemon (pid %s) is at work and does not listen on %s", pid, socket),
			"if it stays so: kill -9 "+pid+"; no VM stops, and the next command starts another daemon")
	case errors.Is(err, fs.ErrNotExist):
		return passed("none runs; the next command starts it")
	}
	return warned("nobody listens on "+socket+" any more: the daemon was killed",
		"nothing need be done: the next command starts a daemon; if that fails, banger daemon logs says why")
}

// daemonVersion asks what listens on a socket.
func daemonVersion(ctx context.Context, socket string) (string, error) {
	var answer api.Version
	if err := askDaemon(ctx, socket, "/v1/version", &answer); err != nil {
		return "", err
	}
	if answer.Version == "" {
		return "", errors.New("it does not tell its version")
	}
	return answer.Version, nil
}

// askDaemon makes a request of what listens on a socket. It takes no more than the context's time.
func askDaemon(ctx context.Context, socket, path string, answer any) error {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return unixsock.Dial(ctx, socket)
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://bangerd"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	const most = 64 << 10
	if err := json.NewDecoder(io.LimitReader(response.Body, most)).Decode(answer); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("it does not answer %s as a daemon does", path)
	}
	return nil
}

// daemon is the pid of the daemon that holds the state folder's lock, empty when none does. The lock is not tried, which
// could get into the way of a daemon that starts: its file says who has it, and the kernel's list whether that is still so.
func (h *host) daemon() string {
	text, err := os.ReadFile(h.paths.Lock())
	info, statErr := os.Lstat(h.paths.Lock())
	if err != nil || statErr != nil {
		return ""
	}
	pid := strings.TrimSpace(string(text))
	inode := fmt.Sprintf(":%d", info.Sys().(*syscall.Stat_t).Ino)
	locks, _ := h.read("proc/locks") // proc_locks(5): "1: FLOCK  ADVISORY  WRITE 2403 08:01:1234 0 EOF"
	for line := range strings.Lines(locks) {
		fields := strings.Fields(line)
		if len(fields) == 8 && fields[1] == "FLOCK" && fields[4] == pid && strings.HasSuffix(fields[5], inode) {
			return pid
		}
	}
	return ""
}
