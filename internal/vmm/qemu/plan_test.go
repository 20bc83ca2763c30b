package qemu

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// full is a plan with everything in it.
var full = plan{
	cpu: cpuTCG, tscKHz: 2596125, name: "quiet-otter", vcpus: 2, memoryMiB: 1024, kernelArgs: []string{"loglevel=3"},
	monitor: 3, console: 4, link: 5, kernel: 6, initramfs: 7, memory: 11,
	mac: "52:54:ac:10:00:02", wire: 12,
	disks: []drive{
		{serial: "rootfs", readOnly: true, fds: []int{8}},
		{serial: "system", fds: []int{9, 10}},
	},
}

func TestArgumentsAreAsWrittenDown(t *testing.T) {
	onKVM := full
	onKVM.kvm, onKVM.cpu = true, "host"
	bare := full
	bare.tscKHz, bare.kernelArgs, bare.disks, bare.wire = 0, nil, nil, 0
	restored := full
	restored.restore = true
	for name, p := range map[string]plan{"emulated": full, "kvm": onKVM, "bare": bare, "restored": restored} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".args")
			got := strings.Join(p.args(), "\n") + "\n"
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s(go test -update writes it anew)", got, want)
			}
		})
	}
}
