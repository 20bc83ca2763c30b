package paths

import "path/filepath"

// Paths is where everything is. All paths are absolute.
type Paths struct {
	State   string // folder: database, images, kernels, machines
	Cache   string // folder: may be emptied while nothing runs
	Runtime string // folder: sockets; empty after a boot of the host
	Config  string // file; empty when there is no home to look in
}

// Database is the file with the records.
func (p Paths) Database() string { return filepath.Join(p.State, "state.db") }

// Lock is the file that the one daemon of this state folder holds a lock on.
func (p Paths) Lock() string { return filepath.Join(p.State, "bangerd.lock") }

// DaemonLog is the file that the daemon writes its log to.
func (p Paths) DaemonLog() string { return filepath.Join(p.State, "bangerd.log") }

// Images is the folder with a folder for each image.
func (p Paths) Images() string { return filepath.Join(p.State, "images") }

// Kernels is the folder with a folder for each kernel.
func (p Paths) Kernels() string { return filepath.Join(p.State, "kernels") }

// VMs is the folder with a folder for each machine.
func (p Paths) VMs() string { return filepath.Join(p.State, "vms") }

// Templates is the folder with a folder for each template.
func (p Paths) Templates() string { return filepath.Join(p.State, "templates") }

// Snapshots is the folder with a folder for each snapshot that has a name.
func (p Paths) Snapshots() string { return filepath.Join(p.State, "snapshots") }

// Captures is the folder for what is kept of running machines while others fork from them.
func (p Paths) Captures() string { return filepath.Join(p.State, "captures") }

// TemplateMakers is the folder of the machines that become templates.
func (p Paths) TemplateMakers() string { return filepath.Join(p.State, "templates-making") }

// Workspaces is the folder with a folder for each VM that has a workspace, with what was sent to it.
func (p Paths) Workspaces() string { return filepath.Join(p.State, "workspaces") }

// Machine is the folder with the disks and logs of one machine.
func (p Paths) Machine(id string) string { return filepath.Join(p.VMs(), id) }

// KernelCache is the folder for packages that kernels are made from.
func (p Paths) KernelCache() string { return filepath.Join(p.Cache, "kernels") }

// InitramfsCache is the folder for initramfs files, named by their content.
func (p Paths) InitramfsCache() string { return filepath.Join(p.Cache, "initramfs") }

// Socket is where the daemon listens.
func (p Paths) Socket() string { return filepath.Join(p.Runtime, "bangerd.sock") }

// TemplateMakersRun is the folder of the sockets of machines that become templates.
func (p Paths) TemplateMakersRun() string { return filepath.Join(p.Runtime, "templates") }

// MachineRun is the folder with the socket of one machine's shim.
func (p Paths) MachineRun(id string) string { return filepath.Join(p.Runtime, "vms", id) }
