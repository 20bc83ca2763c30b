package image

import "os"

// host is what a build needs to know of the machine it runs on; tests change it.
type host struct {
	root   string // of the file system that apt's configuration is read from
	uid    int
	memory string // folder for scratch folders in memory
	disk   string // folder for scratch folders on the disk; any user may pass through it
	// variant is mmdebstrap's; base are the packages that every image gets.
	variant string
	base    []string
}

func thisHost() host {
	// /var/tmp is for large temporary files (FHS 5.15); the state folder is closed to
	// the users that apt and a user namespace have.
	return host{root: "/", uid: os.Geteuid(), memory: "/dev/shm", disk: "/var/tmp", variant: "minbase", base: basePackages}
}
