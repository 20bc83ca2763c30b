package daemon

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/vm"
)

const execPath = "/v1/vms/{ref}/exec"

type execInput struct {
	VMInput
	Protocol string   `header:"Sec-WebSocket-Protocol" doc:"v5.channel.k8s.io must be among them"`
	Origin   string   `header:"Origin" doc:"must not be there: a browser's page may not run commands"`
	Command  []string `query:"command,explode" doc:"the command and its arguments, one each; none means the user's login shell"`
	Env      []string `query:"env,explode" doc:"NAME=value, one each"`
	Dir      string   `query:"dir" doc:"working directory in the guest; the user's home when missing"`
	User     string   `query:"user" doc:"name or number of the guest's user, with :group if wanted; root when missing"`
	TTY      bool     `query:"tty" doc:"run it on a terminal"`
	Rows     uint16   `query:"rows" maximum:"65535" doc:"height of the terminal at first"`
	Cols     uint16   `query:"cols" maximum:"65535" doc:"width of the terminal at first"`
	Stdin    bool     `query:"stdin" doc:"standard input comes on channel 0; without it the command reads end of file"`
	Timeout  int64    `query:"timeout_ms" minimum:"0" maximum:"31536000000" doc:"end the command after so long; 0 means never"`
}

func (in *execInput) command() vm.Command {
	return vm.Command{
		Args: in.Command, Env: in.Env, Dir: in.Dir, User: in.User,
		TTY: in.TTY, Rows: in.Rows, Cols: in.Cols, TimeoutMillis: in.Timeout,
	}
}

func (s *server) serveExec(a huma.API) {
	huma.Register(a, route(http.MethodGet, execPath), func(_ context.Context, in *execInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			r, w := humago.Unwrap(c)
			if err := s.exec(w, r, in); err != nil {
				s.refused(r.Context(), execPath, err).write(w)
			}
		}}, nil
	})
}

// exec makes a connection a WebSocket and runs a command on it. An error means that it is none yet.
func (s *server) exec(w http.ResponseWriter, r *http.Request, in *execInput) error {
	if err := mayExec(r); err != nil {
		return err
	}
	guest, err := s.fleet.OpenGuest(r.Context(), in.Ref)
	if err != nil {
		return err
	}
	defer guest.Close()
	// The end of the daemon waits for commands, whose connections are not the HTTP server's any more.
	s.commands.Add(1)
	defer s.commands.Done()
	ws, err := websocket.Accept(&upgrader{ResponseWriter: w}, r, &websocket.AcceptOptions{Subprotocols: []string{api.ExecProtocol}})
	if err != nil {
		return problem.New(problem.Invalid, "%w", err)
	}
	s.metrics.sockets.Inc()
	defer s.metrics.sockets.Dec()
	ctx, cancel := s.whileServing(context.WithoutCancel(r.Context()))
	defer cancel()
	newSession(ws, in.Stdin).run(ctx, guest, in.command(), connOf(r.Context()), s.ping)
	return nil
}

// mayExec refuses what is no request of a client that speaks the protocol.
func mayExec(r *http.Request) error {
	if r.Header.Get("Origin") != "" {
		return newRefusal(http.StatusForbidden, problem.Invalid, "a page in a browser may not run commands in a VM", "send no Origin header")
	}
	offered := strings.FieldsFunc(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), func(r rune) bool { return r == ',' || r == ' ' })
	if !slices.Contains(offered, api.ExecProtocol) {
		return problem.New(problem.Invalid, "exec is a WebSocket with the subprotocol %s, which was not asked for", api.ExecProtocol).
			WithRemedy("send Sec-WebSocket-Protocol: %s", api.ExecProtocol)
	}
	if command := r.URL.Query()["command"]; len(command) > 0 && command[0] == "" {
		return problem.New(problem.Invalid, "the command has no name").WithRemedy("leave command out for a login shell")
	}
	return nil
}

// upgrader keeps back the library's own answer to a request that cannot be upgraded, which is no problem+json.
type upgrader struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader satisfies http.ResponseWriter.
func (u *upgrader) WriteHeader(status int) {
	if u.refused = status != http.StatusSwitchingProtocols; !u.refused {
		u.ResponseWriter.WriteHeader(status)
	}
}

// Write satisfies http.ResponseWriter.
func (u *upgrader) Write(p []byte) (int, error) {
	if u.refused {
		return len(p), nil
	}
	return u.ResponseWriter.Write(p)
}

// Unwrap lets the connection be taken over.
func (u *upgrader) Unwrap() http.ResponseWriter { return u.ResponseWriter }
