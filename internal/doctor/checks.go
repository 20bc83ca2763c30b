package doctor

// hostChecks look at the host, ownChecks at what lies in banger's folders. A code is for ever: scripts and docs/doctor.md know it.
var (
	hostChecks = []check{
		{"system", checkSystem},
		{"engine", checkEngine},
		{"kvm", checkKVM},
		{"nx-huge-pages", checkNXHugePages},
		{"favordynmods", checkFavorDynMods},
		{"serial-console", checkSerialConsole},
		{"mke2fs", checkMke2fs},
		{"git", checkTool("git", "git", "putting a repository into a VM")},
		{"mmdebstrap", checkTool("mmdebstrap", "mmdebstrap", "image build")},
		{"apt", checkTool("apt-get", "apt", "kernel pull")},
		{"dpkg-deb", checkTool("dpkg-deb", "dpkg", "kernel pull and kernel import")},
		{"depmod", checkTool("depmod", "kmod", "kernel pull and kernel import")},
		{"newuidmap", checkRequirement("newuidmap")},
		{"newgidmap", checkRequirement("newgidmap")},
		{"subuid", checkRequirement("subuid")},
		{"subgid", checkRequirement("subgid")},
		{"namespaces", checkNamespaces},
		{"sources", checkSources},
		{"memory", checkMemory},
		{"clock", checkClock},
		{"cgroup", checkCgroup},
		{"agent", checkAgent},
		{"folders", checkFolders},
	}
	ownChecks = []check{
		{"disk", checkDisk},
		{"config", checkConfig},
		{"database", checkDatabase},
		{"kernels", checkKernels},
		{"images", checkImages},
		{"templates", checkTemplates},
		{"snapshots", checkSnapshots},
		{"daemon", checkDaemon},
		{"proxy", checkProxy},
		{"names", checkNames},
		{"sockets", checkSockets},
		{"leftovers", checkLeftovers},
	}
)
