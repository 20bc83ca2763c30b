package store

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"banger/internal/problem"
)

// fill gives rows to addresses, quickly.
func fill(t testing.TB, s *Store, addresses ...string) {
	t.Helper()
	tx, err := s.write.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, address := range addresses {
		vm := testVM(address, address, "i")
		vm.Runtime.GuestIP = address
		if err := putVM(t.Context(), tx, vm); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestLowestFreeAddress(t *testing.T) {
	s := withImage(t)
	fill(t, s, "172.16.0.2", "172.16.0.3", "172.16.0.5", "172.16.1.2")
	for n, want := range []string{"172.16.0.4", "172.16.0.6", "172.16.0.7"} {
		if vm := mustCreate(t, s, testVM(fmt.Sprint(n), fmt.Sprint(n), "i")); vm.Runtime.GuestIP != want {
			t.Errorf("address %s, want %s", vm.Runtime.GuestIP, want)
		}
	}
	if err := s.DeleteVM(t.Context(), "172.16.0.3"); err != nil {
		t.Fatal(err)
	}
	vm := mustCreate(t, s, testVM("last", "last", "i"))
	if vm.Runtime.GuestIP != "172.16.0.3" {
		t.Errorf("address %s, want the freed one", vm.Runtime.GuestIP)
	}
	stored, err := s.VM(t.Context(), "last")
	if err != nil || stored.Runtime.GuestIP != vm.Runtime.GuestIP {
		t.Errorf("stored address %s, %v", stored.Runtime.GuestIP, err)
	}
}

// TestAddressInTheJSONAloneIsTaken, and a record that cannot be read keeps nobody from creating.
func TestAddressInTheJSONAloneIsTaken(t *testing.T) {
	s := withImage(t)
	fill(t, s, "172.16.0.2", "172.16.0.3")
	if _, err := s.write.Exec("UPDATE vms SET guest_ip = ''; UPDATE vms SET runtime_json = '{' WHERE id = '172.16.0.3'"); err != nil {
		t.Fatal(err)
	}
	if vm := mustCreate(t, s, testVM("a", "a", "i")); vm.Runtime.GuestIP != "172.16.0.3" {
		t.Errorf("address %s", vm.Runtime.GuestIP)
	}
}

func TestNextNetworkWhenOneIsFull(t *testing.T) {
	s := withImage(t)
	var all []string
	for host := 2; host <= 254; host++ {
		all = append(all, fmt.Sprintf("172.16.0.%d", host))
	}
	fill(t, s, all...)
	if vm := mustCreate(t, s, testVM("a", "a", "i")); vm.Runtime.GuestIP != "172.16.1.2" {
		t.Errorf("address %s, want the first of the next network", vm.Runtime.GuestIP)
	}
}

// allFrom are all addresses from a network on, in order.
func allFrom(network string) []string {
	var all []string
	first := netip.MustParsePrefix(network).Addr().As4()
	for n := int(first[1])*256 + int(first[2]); n < 32*256; n++ {
		for host := 2; host <= 254; host++ {
			all = append(all, fmt.Sprintf("172.%d.%d.%d", n/256, n%256, host))
		}
	}
	return all
}

func TestEveryAddressIsUsedBeforeAnError(t *testing.T) {
	all := allFrom("172.31.254.0/24")
	used := []string{"172.31.253.2", "not an address", ""}
	for _, want := range all {
		got, err := lowestFree(netip.MustParsePrefix("172.31.254.0/24"), used)
		if err != nil || got.String() != want {
			t.Fatalf("address %v, %v, want %s", got, err, want)
		}
		used = append(used, want)
	}
	if len(all) != 2*253 {
		t.Errorf("%d addresses in two networks", len(all))
	}
	_, err := lowestFree(netip.MustParsePrefix("172.31.254.0/24"), used)
	expectCode(t, err, problem.Exhausted)
	if last := all[len(all)-1]; last != "172.31.255.254" {
		t.Errorf("the last address of all is %s", last)
	}
	full := allFrom("172.16.255.0/24")[:253]
	if got, err := lowestFree(netip.MustParsePrefix("172.16.255.0/24"), full); err != nil || got.String() != "172.17.0.2" {
		t.Errorf("after 172.16.255.0/24: %v, %v", got, err)
	}
}

func TestNetworksThatAreRefused(t *testing.T) {
	s := withImage(t)
	for _, network := range []string{"172.16.0.0/16", "172.16.0.0/25", "10.0.0.0/24", "172.32.0.0/24", "172.15.255.0/24", "fd00::/24"} {
		_, err := s.CreateVM(t.Context(), testVM("a", "a", "i"), netip.MustParsePrefix(network))
		expectCode(t, err, problem.Invalid)
	}
	_, err := s.CreateVM(t.Context(), testVM("a", "a", "i"), netip.Prefix{})
	expectCode(t, err, problem.Invalid)
	vm, err := s.CreateVM(t.Context(), testVM("a", "a", "i"), netip.MustParsePrefix("172.20.7.0/24"))
	if err != nil || vm.Runtime.GuestIP != "172.20.7.2" {
		t.Errorf("another network: %s, %v", vm.Runtime.GuestIP, err)
	}
}

func TestIDIsNewOnce(t *testing.T) {
	s := withImage(t)
	mustCreate(t, s, testVM("a", "a", "i"))
	if _, err := s.CreateVM(t.Context(), testVM("a", "b", "i"), subnet); err == nil {
		t.Error("CreateVM replaced a VM")
	}
	if vm, err := s.VM(t.Context(), "a"); err != nil || vm.Name != "a" {
		t.Errorf("the VM that was there: %q, %v", vm.Name, err)
	}
}

func TestManyCreatesAtOnce(t *testing.T) {
	s := withImage(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	addresses, taken := map[string]bool{}, 0
	for n := range 60 {
		wg.Go(func() {
			name := fmt.Sprint("name", n/2) // each twice
			vm, err := s.CreateVM(t.Context(), testVM(fmt.Sprint("id", n), name, "i"), subnet)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case problem.CodeOf(err) == problem.Taken && strings.Contains(err.Error(), name):
				taken++
			case err != nil:
				t.Error(err)
			case addresses[vm.Runtime.GuestIP]:
				t.Errorf("%s was given out twice", vm.Runtime.GuestIP)
			default:
				addresses[vm.Runtime.GuestIP] = true
			}
		})
	}
	wg.Wait()
	if taken != 30 || len(addresses) != 30 || !addresses["172.16.0.31"] {
		t.Errorf("%d refused, %d created, want half of 60 each, with the lowest addresses", taken, len(addresses))
	}
}
