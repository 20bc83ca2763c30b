package pid1

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/network/address"
)

// nic is the name that the kernel gives the only interface beside lo.
const nic = "eth0"

// wire is the guest's interface.
type wire struct {
	index int32 // 0 when there is none
	// socket is of the kernel's NETLINK_ROUTE. It is made at boot: in a fork, that would cost some milliseconds.
	socket int
	is6    bool         // the kernel has IPv6, which its command line can turn off
	ends   address.Ends // its addresses; zero before the first Configure
}

// openWire brings the interface up, with nobody's address: a fork has less to do then.
func openWire() (wire, error) {
	index, err := interfaceIndex(nic)
	if err != nil {
		return wire{}, fmt.Errorf("find the network interface: %w (a kernel that was pulled before VMs had a network lacks its module: banger kernel pull --force)", err)
	}
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return wire{}, fmt.Errorf("talk to the kernel about the network: %w", err)
	}
	_, err = os.Stat("/proc/net/if_inet6")
	w := wire{index: index, socket: s, is6: !errors.Is(err, fs.ErrNotExist)}
	r := routes{socket: s, index: index}
	r.setUp(address.MTU, w.is6)
	return w, r.commit()
}

// set makes the interface that of a certain VM: its own addresses in place of those of the guest that this one may be a copy of. With
// 0.0.0.0 it is nobody's again.
func (w *wire) set(guest netip.Addr) error {
	r := routes{socket: w.socket, index: w.index}
	if old := w.ends; old.Guest4.IsValid() {
		r.deleteAddress(old.Guest4, prefix4)
		if w.is6 {
			r.deleteAddress(old.Guest6, prefix6)
		}
	}
	w.ends = address.Ends{}
	if guest.IsUnspecified() {
		return r.commit()
	}
	ends, err := address.Of(guest)
	if err != nil {
		return err
	}
	r.setMAC(ends.GuestMAC)
	r.addAddress(ends.Guest4, prefix4)
	r.setDefault(ends.Gateway4)
	if w.is6 {
		r.addAddress(ends.Guest6, prefix6)
		r.setDefault(ends.Gateway6)
	}
	if err := r.commit(); err != nil {
		return err
	}
	w.ends = ends
	// The C library asks the gateway for names.
	return os.WriteFile(runDir+"/resolv.conf", []byte("nameserver "+ends.Gateway4.String()+"\n"), 0o644)
}

// The lengths of the prefixes of a guest's two networks.
const (
	prefix4 = 24
	prefix6 = 64
)

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
