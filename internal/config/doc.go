// Package config tells how banger is set up.
//
// Each setting comes from the first of: a flag (which the command line resolves
// itself), the environment (BANGER_ and the key in capitals, dots as underscores), the
// file config.toml, a guess from the host's size, what is built in. No file is ever
// written, and none need exist. A key that is not known, or a value that makes no sense,
// is an error that says where it stands. Read tells all of them, and where each value comes from.
//
//	log_level = "info"                 # debug, info, warn, error
//	engine = "auto"                    # auto, qemu, emulated
//	default_image = "debian-bookworm"
//	default_kernel = "debian-cloud"
//	subnet = "172.16.0.0/24"           # addresses of guests, from this network on
//	net = "internet"                   # what new VMs may reach: internet, none, host-ports=5432, allow=github.com,*.example.org:443
//	expose = false                     # mirror the ports at which new VMs listen at a loopback address of each
//	proxy_listen = "127.0.0.1:7788"    # where http://NAME.localhost:7788 is VM NAME's web port: an address of the loopback, or off
//	check_peer = true                  # only you and root may connect to what listens for you on this host; false: every user of it
//	dns_listen = "127.0.0.1:42069"     # where names of VMs (web.vm) are answered for; off: nowhere
//	spares = 1                         # forks that wait for whoever needs a VM next
//	template_budget = "10G"            # what templates to fork from may take on the disk; 0: none are made
//	idle_stop = "auto"                 # when a VM that nobody uses stops: off, a time such as 2h, or auto, which
//	                                   # is 30m for VMs made by run -- CMD and off for others
//
//	[quota]                            # of all VMs together; a size, a part such as 80%, or 0 for no limit
//	vms = 0                            # how many there may be
//	memory = "80%"                     # of the host's, promised to those that run
//	disk = "90%"                       # in use where they keep their disks, by whomever
//
//	[env]                              # variables for every command in new VMs
//	CI = "1"
//
//	[[file_sync]]                      # copied into every VM at each start; one table for each file or folder
//	host = "~/.npmrc"                  # inside the home
//	guest = "~/.npmrc"                 # inside /root; the same path when it is left out
//	mode = "0600"                      # of a file; what it has on the host when it is left out
//
//	[vm_defaults]
//	vcpu = 2                           # built in: a quarter of the host's CPUs, 1 to 4
//	memory = "2G"                      # built in: an eighth of the host's memory, 512M to 8G
//	disk_size = "8G"
//	system_size = "8G"
//
// The command line resolves what a new VM is to be, and the daemon reads the rest at its start. The entries of file_sync are the daemon's:
// no request can name a file of the host's.
package config
