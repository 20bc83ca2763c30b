package kernel

import (
	"strings"
	"testing"
	"testing/fstest"

	"banger/internal/problem"
)

func testModules(t *testing.T, files map[string]string) *modules {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	m, err := readModules(dir, testRelease)
	must(t, err)
	return m
}

func TestReadModules(t *testing.T) {
	m := testModules(t, map[string]string{
		"kernel/a/virtio-rng.ko.xz": "", "kernel/b/overlay.ko": "", "kernel/c/x.ko.zst": "",
		"kernel/d/y.kot": "", "kernel/e/z.ko.lzo": "", "modules.dep": "",
	})
	want := map[string]string{"virtio_rng": "kernel/a/virtio-rng.ko.xz", "overlay": "kernel/b/overlay.ko", "x": "kernel/c/x.ko.zst"}
	for name, path := range want {
		if m.path(name) != path {
			t.Errorf("%s: got %q, want %q", name, m.path(name), path)
		}
	}
	if len(m.files) != len(want) || m.builtin != nil {
		t.Errorf("got %v, built in %v", m.files, m.builtin)
	}
}

func TestOptionsFromConfiguration(t *testing.T) {
	config := parseConfig([]byte(goodConfig() + "# CONFIG_ACPI is not set\nCONFIG_CGROUPS=\"odd\"\n"))
	got := optionsOf(nil, false, config, &modules{})
	for name, want := range map[string]string{"PVH": "n", "VIRTIO_BLK": "m", "EXT4_FS": "y", "CGROUPS": "n"} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if got := optionsOf(nil, true, map[string]string{}, &modules{}); got["PVH"] != "y" || got["EXT4_FS"] != "n" {
		t.Errorf("an empty configuration: got %v", got)
	}
}

func TestOptionsFromWhatKernelAndModulesShow(t *testing.T) {
	kernel := []byte("EXT4-fs: mounted\x00devtmpfs: initialized\x00virtio_blk\x00")
	listed := testModules(t, map[string]string{"modules.builtin": "kernel/drivers/char/virtio_console.ko\n", "kernel/overlay.ko.xz": ""})
	unlisted := testModules(t, map[string]string{"kernel/overlay.ko": ""})
	for _, c := range []struct {
		mods                                  *modules
		overlay, console, ext4, blk, devtmpfs string
	}{
		{listed, "m", "y", "n", "n", "y"}, // the list of what is built in is complete
		{unlisted, "m", "n", "y", "y", "y"},
	} {
		got := optionsOf(kernel, true, nil, c.mods)
		for name, want := range map[string]string{
			"OVERLAY_FS": c.overlay, "VIRTIO_CONSOLE": c.console, "EXT4_FS": c.ext4,
			"VIRTIO_BLK": c.blk, "DEVTMPFS": c.devtmpfs, "ACPI": "n",
		} {
			if got[name] != want {
				t.Errorf("%s: got %q, want %q", name, got[name], want)
			}
		}
	}
}

func TestCheckOptionsNamesWhatIsLacking(t *testing.T) {
	mods := testModules(t, map[string]string{"kernel/virtio_blk.ko": "", "kernel/overlay.ko": ""})
	good := func() map[string]string { return optionsOf(nil, true, parseConfig([]byte(goodConfig())), mods) }
	must(t, checkOptions(good(), mods))
	for _, o := range options {
		values := good()
		values[o.name] = "n"
		err := checkOptions(values, mods)
		if o.why == "" {
			must(t, err)
			continue
		}
		wantProblem(t, err, problem.Invalid, "lacks CONFIG_"+o.name+" ", "linux-image-cloud-amd64")
		if o.module == "" { // needed before a module can be loaded
			values[o.name] = "m"
			wantProblem(t, checkOptions(values, mods), problem.Invalid, "CONFIG_"+o.name)
		}
	}
	two := good()
	two["ACPI"], two["EXT4_FS"] = "n", "n"
	if err := checkOptions(two, mods); !strings.Contains(err.Error(), "ACPI") || !strings.Contains(err.Error(), "EXT4_FS") {
		t.Errorf("got %v, want both named", err)
	}
	wantProblem(t, checkOptions(good(), &modules{release: testRelease}), problem.Invalid, "module virtio_blk is missing", "--modules", testRelease)
}
