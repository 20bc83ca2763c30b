package daemon

import (
	"net"
	"net/http"
	"slices"
	"testing"

	"banger/api"
	"banger/internal/problem"
)

func TestStatsAndPortsOverHTTP(t *testing.T) {
	i, _ := furnished(t)
	v := i.create(named("web"))
	exec(t, v, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
	var s api.Stats
	i.eventually("the agent is done with the command", func() bool {
		s = get200[api.Stats](i, "/v1/vms/web/stats")
		return s.Guest != nil && s.Guest.Commands == 0
	})
	if s.VM != "web" || s.ID != v.ID || s.At.IsZero() || s.Own == 0 || s.Disk == 0 || s.Guest.MemTotal == 0 {
		t.Errorf("%+v", s)
	}
	if s.Read == nil || s.Written == nil {
		t.Error("the host does not tell what the engine reads and writes")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0") // the fake guest has the host's network
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	ports := get200[api.PortList](i, "/v1/vms/web/ports").Ports
	if !slices.ContainsFunc(ports, func(p api.Port) bool { return p.Protocol == "tcp" && p.Address == "127.0.0.1" && p.Port == port }) {
		t.Errorf("127.0.0.1:%d is not among %+v", port, ports)
	}
	post200[api.VM](i, "/v1/vms/web/kill", nil)
	for _, path := range []string{"/v1/vms/web/stats", "/v1/vms/web/ports"} {
		resp, text := i.call(http.MethodGet, path, nil)
		wantProblem(t, resp, text, http.StatusConflict, problem.Conflict)
	}
}
