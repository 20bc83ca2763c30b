package kernel

import (
	"bufio"
	"bytes"
	"strings"

	"banger/internal/problem"
)

// maxConfig bounds a configuration; Debian's has 240 KB.
const maxConfig = 4 << 20

// option is an option of the kernel's configuration that matters to a guest.
type option struct {
	name   string // without CONFIG_
	module string // what it is called as a module; empty: it has to be built in
	trace  string // words in a kernel that has it built in, for one without configuration
	why    string // what a guest needs it for; empty: banger only remembers it
}

// options are those that matter, in the order in which a boot needs them. What
// may be a module is loaded by the agent out of the initramfs.
var options = []option{
	{"PVH", "", "", "start on QEMU's microvm"},
	{"BLK_DEV_INITRD", "", "unpack rootfs image as initramfs", "start the agent from an initramfs"},
	{"DEVTMPFS", "", "devtmpfs: initialized", "find its devices"},
	{"ACPI", "", "ACPI: Core revision", "be told of its devices"},
	{"SERIAL_8250_CONSOLE", "", "Serial: 8250/16550 driver", "write to its console"},
	{"VIRTIO_MMIO", "virtio_mmio", "virtio-mmio", "reach its devices"},
	{"VIRTIO_BLK", "virtio_blk", "virtio_blk", "read its disks"},
	{"VIRTIO_CONSOLE", "virtio_console", "virtio-ports", "talk to its host"},
	{"EXT4_FS", "ext4", "EXT4-fs", "mount its disks"},
	{"OVERLAY_FS", "overlay", "overlayfs: ", "write on top of its image"},
	{"VIRTIO_NET", "virtio_net", "drivers/net/virtio_net.c", "reach its network"},
	{"UNIX98_PTYS", "", "devpts", ""},
	{"CGROUPS", "", "cgroup2", ""},
	{"VIRTIO_VSOCKETS", "vmw_vsock_virtio_transport", "virtio_transport", ""},
	{"VIRTIO_BALLOON", "virtio_balloon", "virtio_balloon", ""},
	{"HW_RANDOM_VIRTIO", "virtio_rng", "virtio_rng", ""},
}

// parseConfig reads a configuration file: CONFIG_NAME=value lines.
func parseConfig(config []byte) map[string]string {
	values := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(config)); s.Scan(); {
		name, value, ok := strings.Cut(s.Text(), "=")
		if name, set := strings.CutPrefix(name, "CONFIG_"); ok && set {
			values[name] = value
		}
	}
	return values
}

// optionsOf tells how the kernel has each option: y, m or n. Without a configuration
// (nil) it goes by what kernel and modules show.
func optionsOf(vmlinux []byte, pvh bool, config map[string]string, mods *modules) map[string]string {
	values := map[string]string{}
	for _, o := range options {
		value := config[o.name]
		switch {
		case o.name == "PVH":
			value = yes(pvh)
		case config == nil:
			value = mods.show(o, vmlinux)
		case value != "y" && value != "m":
			value = "n"
		}
		values[o.name] = value
	}
	return values
}

// checkOptions refuses a kernel that cannot boot a guest.
func checkOptions(values map[string]string, mods *modules) error {
	var lacks []string
	for _, o := range options {
		value := values[o.name]
		switch {
		case o.why == "" || value == "y":
		case value != "m" || o.module == "":
			lacks = append(lacks, "CONFIG_"+o.name+" (to "+o.why+")")
		case mods.path(o.module) == "":
			return problem.New(problem.Invalid, "it cannot boot a guest: its module %s is missing", o.module).
				WithRemedy("name the folder of its modules with --modules, such as /lib/modules/%s", mods.release)
		}
	}
	if lacks == nil {
		return nil
	}
	return problem.New(problem.Invalid, "it cannot boot a guest: it lacks %s", strings.Join(lacks, ", ")).
		WithRemedy("import a kernel that has it, such as Debian's linux-image-cloud-amd64")
}

func yes(is bool) string {
	if is {
		return "y"
	}
	return "n"
}
