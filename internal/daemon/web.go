package daemon

import (
	"context"
	"log/slog"
	"net"
	"time"

	"banger/internal/network/own"
	"banger/internal/network/peer"
	"banger/internal/network/proxy"
)

// webTimeout bounds the way to a guest's web server: what listens in it, and a connection.
const webTimeout = 20 * time.Second

// serveWeb shows VMs' web servers to browsers until the function that it returns is called. A port is nothing that the daemon
// cannot be without: where it is taken, the log says so, and banger doctor.
func (s *server) serveWeb() (end func()) {
	if !s.config.ProxyListen.IsValid() {
		return func() {}
	}
	listener, err := net.Listen("tcp", s.config.ProxyListen.String())
	if err != nil {
		s.log.Warn("no browser reaches VMs: proxy_listen is where the daemon cannot listen", slog.Any("error", err))
		return func() {}
	}
	mark, err := own.Mark(s.config.ProxyListen)
	if err != nil {
		s.log.Warn("no browser reaches VMs", slog.Any("error", err))
		listener.Close()
		return func() {}
	}
	s.web = listener.Addr().String()
	c := proxy.Config{Find: s.fleet.Awake, Dial: s.dialWeb, Log: s.log}
	if s.config.CheckPeer {
		c.Admit = peer.Owner
	}
	served := proxy.Serve(listener, c)
	return func() {
		served.Close()
		mark.Close()
	}
}

// webURL is where browsers find a VM's web server, empty when they do not.
func (s *server) webURL(name string) string {
	if _, port, err := net.SplitHostPort(s.web); err == nil {
		return "http://" + name + ".localhost:" + port
	}
	return ""
}

// dialWeb connects to the web server in a VM.
func (s *server) dialWeb(ctx context.Context, id string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, webTimeout)
	defer cancel()
	port, err := s.fleet.WebPort(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.fleet.DialPort(ctx, id, port)
}
