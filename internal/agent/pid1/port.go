package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/guestlink"
)

// openPort opens the virtio-serial port of the guest link.
func openPort() (*os.File, error) {
	names, err := filepath.Glob("/sys/class/virtio-ports/*/name")
	if err != nil {
		return nil, err
	}
	for _, path := range names {
		name, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(string(name)) == guestlink.PortName {
			return os.OpenFile("/dev/"+filepath.Base(filepath.Dir(path)), os.O_RDWR, 0)
		}
	}
	return nil, fmt.Errorf("the machine has no virtio-serial port named %s", guestlink.PortName)
}
