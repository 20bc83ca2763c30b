package cli

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"banger/internal/namegen"
	"banger/internal/problem"
)

var dnsGroup = group{
	"dns", "names of VMs on this host", "A VM made with --expose is found as NAME.vm by this host's programs once their resolver asks banger's server, which banger dns install sees to. " +
		"Without that, banger vm ports has its address.",
	[]func(*app) *cobra.Command{newDNSStatusCommand, newDNSInstallCommand, newDNSUninstallCommand},
}

// hostRoot is where the host's own files are.
const hostRoot = "/"

// addRoot adds the flag --root, whose default is the host itself.
func addRoot(cmd *cobra.Command, into *string, help string) {
	cmd.Flags().StringVar(into, "root", hostRoot, help)
	completeFlag(cmd, "root", folders)
}

// dnsServer is the address that a flag says, or else the settings.
func (a *app) dnsServer(flag string) (netip.AddrPort, error) {
	if flag != "" {
		server, err := netip.ParseAddrPort(flag)
		if err != nil || server.Port() == 0 || server.Addr().Zone() != "" {
			return server, usage("--server takes an address and port such as 127.0.0.1:42069, and %q is none", flag)
		}
		return server, nil
	}
	c, err := a.config()
	if err == nil && !c.DNSListen.IsValid() {
		err = problem.New(problem.Conflict, "banger answers for no names: the setting dns_listen is off").
			WithRemedy("give dns_listen an address, or say --server")
	}
	return c.DNSListen, err
}

// mustBeRoot is for what changes files of the host's own; the remedy is the same command with sudo.
func mustBeRoot(root string, args ...string) error {
	if root != hostRoot || os.Geteuid() == 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		self = "banger"
	}
	return problem.New(problem.Unavailable, "only root can change these files").
		WithRemedy("%s", typed(slices.Concat([]string{"sudo", self}, args)))
}

// probePatience is enough for a resolver that has to ask another server first.
const probePatience = 3 * time.Second

// probe asks a resolver for what only banger's server knows; nil: it was told.
func probe(ctx context.Context, r *net.Resolver) error {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	said, err := r.LookupTXT(ctx, namegen.Probe+".")
	if err == nil && !slices.Equal(said, []string{namegen.ProbeText}) {
		err = fmt.Errorf("it is told %.64q", said)
	}
	return err
}

// resolverAt asks one server.
func resolverAt(server string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}}
}

// hostResolver asks as programs of this host do.
func (a *app) hostResolver() *net.Resolver {
	if a.Resolver != nil {
		return a.Resolver
	}
	return net.DefaultResolver
}
