package daemon

import (
	"banger/api"
	"banger/internal/vm"
)

func (s *server) apiPorts(name string, ports []vm.Port) api.PortList {
	list := api.PortList{Ports: make([]api.Port, len(ports))}
	for i, p := range ports {
		list.Ports[i] = api.Port{
			Protocol: p.Protocol, Address: p.Address, Port: int(p.Port.Port), Process: p.Process, PID: p.PID, Why: p.Why, URL: p.URL,
		}
		if p.Web && p.URL == "" {
			list.Ports[i].URL = s.webURL(name)
		}
		for _, at := range p.Host {
			list.Ports[i].Host = append(list.Ports[i].Host, at.String())
		}
	}
	return list
}

func apiStats(s vm.Stats) api.Stats {
	stats := api.Stats{
		VM: s.Name, ID: s.ID, At: s.At, CPU: s.Usage.CPU.Seconds(), Own: s.Usage.Own, Shared: s.Usage.Shared, Disk: s.Disk,
	}
	if io := s.Usage.Block; io != nil {
		stats.Read, stats.Written = &io.Read, &io.Written
	}
	if g := s.Guest; g != nil {
		stats.Guest = &api.GuestStats{MemTotal: g.MemTotal, MemAvailable: g.MemAvailable, Commands: g.Execs}
	}
	return stats
}
