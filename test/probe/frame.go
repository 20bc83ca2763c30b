package main

import (
	"encoding/hex"
	"net"

	"golang.org/x/sys/unix"
)

// sendFrames puts frames on the wire as they are.
func sendFrames(name string, frames []string) error {
	nic, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return err
	}
	for _, text := range frames {
		frame, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		if err := unix.Sendto(socket, frame, 0, &unix.SockaddrLinklayer{Ifindex: nic.Index}); err != nil {
			return err
		}
	}
	return nil
}
