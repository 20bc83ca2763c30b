// Package resolved has this host's systemd-resolved ask banger's DNS server for names of VMs, by files of its configuration.
//
// Files are all that is ever written, and all that is ever removed: the first line of each says whose it is, and another's is left alone. A Host is a
// folder that stands for the root of a file system, so that packagers and tests have one of their own; paths do not lead out of it.
//
// One file adds a server to resolved's own ones, for the domain vm (resolved.conf(5), Domains= with "~"). Servers of network links are asked for
// all else as before. The other says that the domain is not signed (dnssec-trust-anchors.d(5)), without which resolved believes no answer
// where its DNSSEC is allow-downgrade or yes.
//
// Of its own servers resolved asks only one for a question, it asks them for all domains that its configuration has, and it does without the
// built-in ones when it has others. So there are hosts on which the files would do harm or no good; Host.Fit tells, and Recipe is for them. What is said here
// was tried with systemd 252.
package resolved
