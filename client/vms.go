package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"banger/api"
)

// VMs lists every VM, oldest first.
func (c *Client) VMs(ctx context.Context) (list api.VMList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/vms", nil, &list)
	return list, err
}

// VM gives the VM that ref names: by name, id, or a prefix of its id that no other has.
func (c *Client) VM(ctx context.Context, ref string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref), nil, &vm)
	return vm, err
}

// VMUsage is VM with what memory of the host's it has, which takes a little longer to find out.
func (c *Client) VMUsage(ctx context.Context, ref string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"?usage=true", nil, &vm)
	return vm, err
}

// Health asks how the guest of a running VM is.
func (c *Client) Health(ctx context.Context, ref string) (health api.Health, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/health", nil, &health)
	return health, err
}

// Ports asks for the listeners in the guest of a running VM.
func (c *Client) Ports(ctx context.Context, ref string) (list api.PortList, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/ports", nil, &list)
	return list, err
}

// Stats asks what a running VM uses now.
func (c *Client) Stats(ctx context.Context, ref string) (stats api.Stats, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/stats", nil, &stats)
	return stats, err
}

// CreateVM makes a VM and, if asked, starts it.
func (c *Client) CreateVM(ctx context.Context, req api.CreateVM, progress Progress) (api.Started, error) {
	return long[api.Started](ctx, c, "/v1/vms", req, progress)
}

// StartVM starts a VM and returns when its guest is configured.
func (c *Client) StartVM(ctx context.Context, ref string, progress Progress) (api.Started, error) {
	return long[api.Started](ctx, c, vmPath(ref)+"/start", nil, progress)
}

// StopVM powers the guest off. After timeout it is killed; 0 leaves the timeout to the daemon.
func (c *Client) StopVM(ctx context.Context, ref string, timeout time.Duration, progress Progress) (api.VM, error) {
	return long[api.VM](ctx, c, vmPath(ref)+"/stop", api.StopVM{TimeoutMillis: timeout.Milliseconds()}, progress)
}

// RestartVM is StopVM, if the VM runs, and StartVM.
func (c *Client) RestartVM(ctx context.Context, ref string, timeout time.Duration, progress Progress) (api.Started, error) {
	return long[api.Started](ctx, c, vmPath(ref)+"/restart", api.StopVM{TimeoutMillis: timeout.Milliseconds()}, progress)
}

// PauseVM makes a running VM stand still until ResumeVM.
func (c *Client) PauseVM(ctx context.Context, ref string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodPost, vmPath(ref)+"/pause", nil, &vm)
	return vm, err
}

// ResumeVM lets a paused VM run on.
func (c *Client) ResumeVM(ctx context.Context, ref string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodPost, vmPath(ref)+"/resume", nil, &vm)
	return vm, err
}

// SetVM changes a VM; Pending of what it gives says what counts from the next start on.
func (c *Client) SetVM(ctx context.Context, ref string, change api.SetVM) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodPatch, vmPath(ref), change, &vm)
	return vm, err
}

// ForkVM makes running copies of a running VM, which goes on.
func (c *Client) ForkVM(ctx context.Context, ref string, count int, progress Progress) (api.Forks, error) {
	return long[api.Forks](ctx, c, vmPath(ref)+"/fork", api.ForkVM{Count: count}, progress)
}

// KillVM ends a VM by a signal to its engine; empty means KILL.
func (c *Client) KillVM(ctx context.Context, ref, signal string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodPost, vmPath(ref)+"/kill", api.KillVM{Signal: signal}, &vm)
	return vm, err
}

// DeleteVM deletes a VM and its disks. One that runs is refused unless force is set.
func (c *Client) DeleteVM(ctx context.Context, ref string, force bool) error {
	query := url.Values{}
	if force {
		query.Set("force", "true")
	}
	return c.do(ctx, http.MethodDelete, vmPath(ref)+encode(query), nil, nil)
}

// LogOptions chooses what of a VM's log is read.
type LogOptions struct {
	Tail   int  // this many lines from the end; negative means all
	Follow bool // go on until the machine or the context ends
	Engine bool // what the engine said, instead of the guest's console
	// Since leaves out lines that were begun before; the zero time leaves out none.
	Since time.Time
	// Stamps puts before each line when it was begun, as package logfile does.
	Stamps bool
}

// Logs reads a VM's log. The caller closes it. The guest wrote most of it: nothing may be believed,
// and control characters must not reach a terminal.
func (c *Client) Logs(ctx context.Context, ref string, o LogOptions) (io.ReadCloser, error) {
	query := url.Values{}
	if o.Tail >= 0 {
		query.Set("tail", strconv.Itoa(o.Tail))
	}
	if o.Follow {
		query.Set("follow", "true")
	}
	if o.Engine {
		query.Set("engine", "true")
	}
	if !o.Since.IsZero() {
		query.Set("since", o.Since.Format(time.RFC3339Nano))
	}
	if o.Stamps {
		query.Set("stamps", "true")
	}
	resp, err := send(ctx, c.http, http.MethodGet, vmPath(ref)+"/logs"+encode(query), nil, "text/plain")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// NetworkLog reads what a VM's guest reached and what it was refused: a NetworkEvent on each line, of which the last so many, or all
// if tail is negative. The caller closes it.
func (c *Client) NetworkLog(ctx context.Context, ref string, tail int, follow bool) (io.ReadCloser, error) {
	query := url.Values{}
	if tail >= 0 {
		query.Set("tail", strconv.Itoa(tail))
	}
	if follow {
		query.Set("follow", "true")
	}
	resp, err := send(ctx, c.http, http.MethodGet, vmPath(ref)+"/network/log"+encode(query), nil, "application/x-ndjson")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// PublishPort has a port of this host lead to a VM, and tells where.
func (c *Client) PublishPort(ctx context.Context, ref, port string) (at api.PublishedPort, err error) {
	err = c.do(ctx, http.MethodPost, vmPath(ref)+"/publish", api.PublishPort{Port: port}, &at)
	return at, err
}

// UnpublishPort ends what PublishPort did.
func (c *Client) UnpublishPort(ctx context.Context, ref, port string) (vm api.VM, err error) {
	err = c.do(ctx, http.MethodPost, vmPath(ref)+"/unpublish", api.PublishPort{Port: port}, &vm)
	return vm, err
}

// CheckNetwork asks what a VM's rules would do with a URL.
func (c *Client) CheckNetwork(ctx context.Context, ref, target string) (found api.NetworkFinding, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/network/check"+encode(url.Values{"target": {target}}), nil, &found)
	return found, err
}

func vmPath(ref string) string { return "/v1/vms/" + url.PathEscape(ref) }

func encode(query url.Values) string {
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}
