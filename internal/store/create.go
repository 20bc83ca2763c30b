package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"

	"banger/internal/model"
	"banger/internal/problem"
)

// CreateVM inserts a new VM with the lowest free guest address from subnet on, a /24
// of 172.16.0.0/12, and returns the record as stored. Address and name are the VM's from then on: of
// two calls at once, in whatever processes, each gets its own. A taken name is a
// problem.Taken; when there is no address left, a problem.Exhausted.
func (s *Store) CreateVM(ctx context.Context, vm model.VMRecord, subnet netip.Prefix) (model.VMRecord, error) {
	vm = asStored(vm)
	err := s.change(ctx, func(tx *sql.Tx) error {
		if err := mustBeNew(ctx, tx, vm.ID); err != nil {
			return err
		}
		used, err := query(ctx, tx, scanText, "SELECT "+addressInUse+" FROM vms")
		if err != nil {
			return err
		}
		address, err := lowestFree(subnet, used)
		if err != nil {
			return err
		}
		vm.Runtime.GuestIP = address.String()
		return putVM(ctx, tx, vm)
	})
	if err != nil {
		return model.VMRecord{}, fmt.Errorf("reserve VM %.64q: %w", vm.Name, err)
	}
	return vm, nil
}

// addressInUse is a row's address: that in the JSON counts where the column has none.
const addressInUse = `COALESCE(NULLIF(guest_ip, ''), CASE WHEN json_valid(runtime_json) THEN runtime_json ->> 'guest_ip' END, '')`

func mustBeNew(ctx context.Context, tx *sql.Tx, id string) error {
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM vms WHERE id = ?)", id).Scan(&there)
	if err == nil && there {
		return problem.New(problem.Internal, "a VM has the id %.40q already", id)
	}
	return err
}

// addresses holds every guest's address. Its low 20 bits are unique, and so can
// stand for the VM elsewhere.
var addresses = netip.MustParsePrefix("172.16.0.0/12")

// Host numbers that guests get: 1 is the gateway's.
const firstHost, lastHost = 2, 254

// lowestFree goes through subnet and the /24s after it, up to the end of addresses.
func lowestFree(subnet netip.Prefix, used []string) (netip.Addr, error) {
	if subnet.Bits() != 24 || !addresses.Contains(subnet.Addr()) {
		return netip.Addr{}, problem.New(problem.Invalid, "guests cannot have addresses from %s", subnet).
			WithRemedy("set subnet to a /24 within %s", addresses)
	}
	taken := make(map[string]bool, len(used))
	for _, address := range used {
		taken[address] = true
	}
	network := subnet.Masked().Addr().As4()
	for third := int(network[1])<<8 | int(network[2]); third <= 31<<8|255; third++ {
		for host := firstHost; host <= lastHost; host++ {
			address := netip.AddrFrom4([4]byte{network[0], byte(third >> 8), byte(third), byte(host)})
			if !taken[address.String()] {
				return address, nil
			}
		}
	}
	return netip.Addr{}, problem.New(problem.Exhausted, "no guest address is free from %s on", subnet).
		WithRemedy("delete VMs that are not needed, or set subnet to %s", netip.PrefixFrom(addresses.Addr(), 24))
}
