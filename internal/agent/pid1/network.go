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
	"banger/internal/network/address"
)

// nic is the name that the kernel gives the only interface beside lo.
const nic = "eth0"

// wire is the guest's interface.
type wire struct {
	index   int32             // 0 when there is none
	is6     bool              // the kernel has IPv6, which its command line can turn off
	network guestlink.Network // what it has; zero before the first Configure
}

// openWire brings the interface up, with nobody's address: a fork has less to do then.
func openWire() (wire, error) {
	index, err := interfaceIndex(nic)
	if err != nil {
		return wire{}, fmt.Errorf("find the network interface: %w (a kernel that was pulled before VMs had a network lacks its module: banger kernel pull --force)", err)
	}
	_, err = os.Stat("/proc/net/if_inet6")
	w := wire{index: index, is6: !errors.Is(err, fs.ErrNotExist)}
	r := routes{index: index}
	r.setUp(address.MTU, w.is6)
	return w, r.commit()
}

// set makes the interface that of a certain VM: its own addresses in place of those of the guest that this one may be a copy of.
func (w *wire) set(n guestlink.Network) error {
	mac, err := net.ParseMAC(n.MAC)
	if err != nil {
		return err
	}
	r := routes{index: w.index}
	for _, old := range w.network.Addresses {
		if w.reaches(old.Addr()) {
			r.deleteAddress(old)
		}
	}
	r.setMAC(mac)
	for _, address := range n.Addresses {
		if w.reaches(address.Addr()) {
			r.addAddress(address)
		}
	}
	for _, gateway := range n.Gateways {
		if w.reaches(gateway) {
			r.setDefault(gateway)
		}
	}
	w.network = guestlink.Network{}
	if err := r.commit(); err != nil {
		return err
	}
	w.network = n
	return writeResolver(n.Gateways)
}

func (w *wire) reaches(a netip.Addr) bool { return a.Is4() || w.is6 }

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
