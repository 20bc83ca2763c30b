package pid1

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// nic is the name that the kernel gives the only interface beside lo.
const nic = "eth0"

// setNetwork makes the interface that of a certain VM: its own addresses in place of those of the guest that this one may be a copy of.
func (m *machine) setNetwork(n guestlink.Network) error {
	mac, err := net.ParseMAC(n.MAC)
	if err != nil {
		return err
	}
	index, err := interfaceIndex(nic)
	if err != nil {
		return fmt.Errorf("find the network interface: %w (a kernel that was pulled before VMs had a network lacks its module: banger kernel pull --force)", err)
	}
	r, err := openRoutes(index)
	if err != nil {
		return err
	}
	defer r.close()
	is6 := hasIPv6()
	for _, old := range reachable(m.network.Addresses, is6) {
		err = errors.Join(err, r.deleteAddress(old))
	}
	m.network = guestlink.Network{}
	err = errors.Join(err, r.setLink(mac, n.MTU, is6))
	for _, address := range reachable(n.Addresses, is6) {
		err = errors.Join(err, r.addAddress(address))
	}
	for _, gateway := range n.Gateways {
		if gateway.Is4() || is6 {
			err = errors.Join(err, r.setDefault(gateway))
		}
	}
	if err == nil {
		err = writeResolver(n.Gateways)
	}
	if err == nil {
		m.network = n
	}
	return err
}

// hasIPv6 reports whether the kernel has IPv6, which its command line can turn off.
func hasIPv6() bool {
	_, err := os.Stat("/proc/net/if_inet6")
	return !errors.Is(err, fs.ErrNotExist)
}

func reachable(addresses []netip.Prefix, is6 bool) (some []netip.Prefix) {
	for _, a := range addresses {
		if a.Addr().Is4() || is6 {
			some = append(some, a)
		}
	}
	return some
}

// writeResolver has the C library ask the first gateway for names.
func writeResolver(gateways []netip.Addr) error {
	if len(gateways) == 0 {
		return nil
	}
	return os.WriteFile(runDir+"/resolv.conf", []byte("nameserver "+gateways[0].String()+"\n"), 0o644)
}

func interfaceIndex(name string) (int32, error) {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(s)
	if err := unix.IoctlIfreq(s, unix.SIOCGIFINDEX, request); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return int32(request.Uint32()), nil
}
