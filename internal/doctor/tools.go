package doctor

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"banger/internal/disk"
	"banger/internal/problem"
	engines "banger/internal/vmm/host"
)

// minQEMU is the oldest QEMU that banger's command line was proven with.
const minQEMUMajor, minQEMUMinor = 7, 2

// versionTimeout bounds a tool's answer to --version.
const versionTimeout = 10 * time.Second

var versionNumber = regexp.MustCompile(`\b\d+(\.\d+[\w.+~-]*)?\b`)

// checkEngine looks for QEMU.
func checkEngine(ctx context.Context, h *host) []Row {
	path, err := engines.FindQEMU()
	if err != nil {
		return problemRow("engine", Fail, err)
	}
	version, err := versionOf(ctx, path)
	if err != nil {
		return failed("engine", err.Error(), "install qemu-system-x86 anew")
	}
	if olderThan(version, minQEMUMajor, minQEMUMinor) {
		return failed("engine", fmt.Sprintf("%s is QEMU %s", path, version),
			fmt.Sprintf("banger needs QEMU %d.%d or newer", minQEMUMajor, minQEMUMinor))
	}
	return passed("engine", fmt.Sprintf("QEMU %s, %s", version, path))
}

// checkKVM says whether VMs run on the hardware or emulated.
func checkKVM(_ context.Context, h *host) []Row {
	if err := engines.KVM(); err != nil {
		return problemRow("kvm", Warn, err)
	}
	return passed("kvm", "KVM is usable")
}

// tools are the programs that making kernels, images and disks takes, with the package each is in.
var tools = []struct{ code, program, pkg, use string }{
	{"mmdebstrap", "mmdebstrap", "mmdebstrap", "image build"},
	{"apt", "apt-get", "apt", "kernel pull"},
	{"dpkg-deb", "dpkg-deb", "dpkg", "kernel pull and kernel import"},
	{"depmod", "depmod", "kmod", "kernel pull and kernel import"},
}

// checkTools looks for the programs of others that banger starts.
func checkTools(ctx context.Context, h *host) []Row {
	var rows []Row
	for _, tool := range tools {
		path, err := find(tool.program)
		if err != nil {
			rows = append(rows, warned(tool.code, tool.program+" is not installed, so "+tool.use+" cannot work",
				"install the package "+tool.pkg)...)
			continue
		}
		rows = append(rows, toolRow(ctx, tool.code, path, "--version"))
	}
	mke2fs, err := disk.Mke2fs()
	if err != nil {
		return append(rows, problemRow("mke2fs", Fail, err)...)
	}
	return append(rows, toolRow(ctx, "mke2fs", mke2fs, "-V"))
}

// find looks in the folders of system programs too, which a plain user's PATH often misses.
func find(program string) (path string, err error) {
	for _, name := range []string{program, "/usr/sbin/" + program, "/sbin/" + program} {
		if path, err = exec.LookPath(name); err == nil {
			break
		}
	}
	return path, err
}

func toolRow(ctx context.Context, code, path, flag string) Row {
	version, err := versionOf(ctx, path, flag)
	if err != nil {
		return warned(code, err.Error(), "install it anew")[0]
	}
	return passed(code, version+", "+path)[0]
}

// versionOf asks a program for its version and picks the number out of the answer.
func versionOf(ctx context.Context, path string, flag ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	if len(flag) == 0 {
		flag = []string{"--version"}
	}
	said, err := exec.CommandContext(ctx, path, flag...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s does not tell its version: %s", path, lastLine(said, err))
	}
	number := versionNumber.FindString(string(said))
	if number == "" {
		return "", fmt.Errorf("%s does not tell its version", path)
	}
	return number, nil
}

// problemRow turns what another room says is wrong into a row.
func problemRow(code string, status Status, err error) []Row {
	return []Row{{Code: code, Status: status, Detail: err.Error(), Remedy: problem.RemedyOf(err)}}
}

func passed(code, detail string) []Row {
	return []Row{{Code: code, Status: OK, Detail: detail}}
}

func warned(code, detail, remedy string) []Row {
	return []Row{{Code: code, Status: Warn, Detail: detail, Remedy: remedy}}
}

func failed(code, detail, remedy string) []Row {
	return []Row{{Code: code, Status: Fail, Detail: detail, Remedy: remedy}}
}

// lastLine is the last thing that a program said before it failed.
func lastLine(said []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return "it said nothing and ended (" + err.Error() + ")"
}
