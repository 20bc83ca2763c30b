package vm

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// webPorts are where web servers listen by habit, the likeliest first.
var webPorts = []uint16{80, 8080, 3000, 8000, 5000, 5173, 4200, 8888}

// firstUserPort is the first above those that are for services of the system, such as ssh.
const firstUserPort = 1024

// Awake gives the id of the VM that has exactly this name, if its guest can answer.
func (f *Fleet) Awake(ctx context.Context, name string) (id string, err error) {
	record, err := f.rooms.Records.VMByName(ctx, name)
	if err == nil {
		err = asleep(record)
	}
	return record.ID, err
}

// WebPort gives the TCP port of a guest that a browser probably wants.
func (f *Fleet) WebPort(ctx context.Context, ref string) (uint16, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return 0, err
	}
	ends, err := endsOf(record)
	if err != nil {
		return 0, err
	}
	ports, err := f.listeners(ctx, record)
	if err != nil {
		return 0, err
	}
	if port, ok := webPort(ports, ends.Guest4); ok {
		return port, nil
	}
	return 0, problem.New(problem.GuestFailed, "no web server listens in the VM").
		WithRemedy("start one on port %s, or any other from %d on, and on address 0.0.0.0: what listens on 127.0.0.1 alone cannot be reached",
			strings.ReplaceAll(strings.Trim(fmt.Sprint(webPorts), "[]"), " ", ", "), firstUserPort)
}

// webPort is the first by habit, else the lowest of a user's.
func webPort(ports []guestlink.Port, guest netip.Addr) (uint16, bool) {
	var reached []uint16
	for _, p := range ports {
		if p.Reachable(guest) {
			reached = append(reached, p.Port)
		}
	}
	slices.Sort(reached)
	users := slices.DeleteFunc(slices.Clone(reached), func(port uint16) bool { return port < firstUserPort })
	for _, port := range slices.Concat(webPorts, users) {
		if _, listens := slices.BinarySearch(reached, port); listens {
			return port, true
		}
	}
	return 0, false
}
