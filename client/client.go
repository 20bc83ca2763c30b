package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"banger/api"
	"banger/internal/paths"
	"banger/internal/problem"
	"banger/internal/unixsock"
)

// Options says which daemon, and what to do about it.
type Options struct {
	// Paths says where its socket and its log are.
	Paths paths.Paths
	// Version is this program's own. A daemon that was built at the same time and has
	// another one is replaced, as an older one is.
	Version string
	// Program is the daemon's program; empty means that it is looked for.
	Program string
	// Notice, when not nil, is told in one line that a daemon is being started or replaced.
	Notice func(string)
}

// Client is a connection to a daemon. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
	status  api.Status
}

// The daemon has answered the handshake long before this, or hangs.
const greetTimeout = 10 * time.Second

// errNoDaemon is what a connection to a socket without a listener gives.
var errNoDaemon = problem.New(problem.Unavailable, "no daemon is running").
	WithRemedy("banger daemon start")

// Connect gives a client of the daemon, which it starts or replaces when need be.
func Connect(ctx context.Context, o Options) (*Client, error) {
	c := newClient(o)
	err := c.greet(ctx)
	if errors.Is(err, errNoDaemon) || err == nil && c.outdated() {
		err = c.renew(ctx)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Dial gives a client of the daemon that runs, whatever its age. Without one the error
// is IsNoDaemon.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c := newClient(o)
	if err := c.greet(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// IsNoDaemon reports whether err means that no daemon listens.
func IsNoDaemon(err error) bool { return errors.Is(err, errNoDaemon) }

// Status is what the daemon said of itself when it was connected to.
func (c *Client) Status() api.Status { return c.status }

// Close lets go of the connection. Requests under way are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func newClient(o Options) *Client {
	c := &Client{options: o}
	c.http = httpOver(&http.Transport{MaxIdleConnsPerHost: 16, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return c.dial(ctx)
	}})
	return c
}

// httpOver gives an HTTP client that takes every answer as it comes.
func httpOver(transport *http.Transport) *http.Client {
	transport.DisableCompression = true
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, CheckRedirect: stay}
}

func (c *Client) dial(ctx context.Context) (*net.UnixConn, error) {
	conn, err := unixsock.Dial(ctx, c.options.Paths.Socket())
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, errNoDaemon
	}
	return conn, err
}

// greet asks the daemon how it is. One that ends instead of answering, because it was killed just now, is none.
func (c *Client) greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, greetTimeout,
		problem.New(problem.Timeout, "the daemon accepts connections but has not answered in %v", greetTimeout).
			WithRemedy("banger daemon logs says what it does"))
	defer cancel()
	err := c.do(ctx, http.MethodGet, "/v1/status", nil, &c.status)
	if errors.Is(err, errWentAway) {
		return errNoDaemon
	}
	return err
}
