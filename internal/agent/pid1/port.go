package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/agent/rawio"
	"banger/internal/guestlink"
)

// portPatience bounds the wait for the guest link's port, which the host announces after the driver was loaded.
const portPatience = 30 * time.Second

// openPort opens the virtio-serial port of the guest link, once it is there.
func openPort() (*rawio.File, error) {
	events, err := newUevents()
	if err != nil {
		return nil, err
	}
	defer events.close()
	for deadline := time.Now().Add(portPatience); ; {
		dev, err := findPort()
		if err != nil {
			return nil, err
		}
		if dev != "" {
			f, err := os.OpenFile(dev, os.O_RDWR, 0)
			if err != nil {
				return nil, err
			}
			return rawio.NewFile(f)
		}
		if err := events.wait(time.Until(deadline)); err != nil {
			return nil, fmt.Errorf("wait for the virtio-serial port %s: %w", guestlink.PortName, err)
		}
	}
}

// findPort is the device of the guest link's port, empty when there is none yet. A port
// is there some time before its name is.
func findPort() (string, error) {
	const class = "/sys/class/virtio-ports/"
	entries, err := os.ReadDir(class)
	for _, e := range entries {
		var name []byte
		name, err = os.ReadFile(class + e.Name() + "/name")
		if err == nil && strings.TrimSpace(string(name)) == guestlink.PortName {
			return "/dev/" + e.Name(), nil
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return "", err
}

// uevents is a socket on which the kernel tells of every change among its devices.
type uevents int

func newUevents() (uevents, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return -1, err
	}
	const kernel = 1 // the group of the kernel's own messages
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernel}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return uevents(fd), nil
}

// wait waits for the next message, whatever it says.
func (u uevents) wait(limit time.Duration) error {
	timeout := unix.NsecToTimeval(max(limit, time.Millisecond).Nanoseconds())
	if err := unix.SetsockoptTimeval(int(u), unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return err
	}
	_, err := unix.Read(int(u), make([]byte, 1)) // the rest of the message is dropped
	switch err {
	case unix.ENOBUFS, unix.EINTR: // messages were lost, or none came: look again
		return nil
	case unix.EAGAIN:
		return os.ErrDeadlineExceeded
	}
	return err
}

func (u uevents) close() { unix.Close(int(u)) }
