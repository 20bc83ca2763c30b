package namegen

// Zone is the domain in which a host finds its VMs by name: web.vm.
const Zone = "vm"

// Probe is a domain in the Zone that is no VM's, since no name has such a character. It has a TXT record, ProbeText, where banger answers, by
// which somebody who asks this host's resolver knows whether the question gets there.
const (
	Probe     = "_banger." + Zone
	ProbeText = "banger"
)
