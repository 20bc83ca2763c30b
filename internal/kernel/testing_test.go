package kernel

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantProblem checks an error's code and that it says each of the words.
func wantProblem(t *testing.T, err error, code problem.Code, words ...string) {
	t.Helper()
	if err == nil || problem.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %s", err, problem.CodeOf(err), code)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error()+" | "+problem.RemedyOf(err), w) {
			t.Errorf("got %q, remedy %q: no word of %q", err, problem.RemedyOf(err), w)
		}
	}
}

// nothingLeft checks that a folder has exactly the named entries.
func nothingLeft(t *testing.T, dir string, but ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, but) {
		t.Errorf("%s holds %q, want %q", dir, names, but)
	}
}

// sample is what the compression tests pack: like an ELF file at its start, then bytes rich in
// the calls and jumps that xz's x86 filter converts. The files in testdata were
// packed from it by bzip2 and by xz --check=crc32 --x86 --lzma2=dict=1MiB.
func sample() []byte {
	b := []byte("\x7fELF")
	random := rand.New(rand.NewPCG(1, 2))
	for len(b) < 150_000 {
		b = append(b, "\xe8\xe9\x00\xff\x90\x90\x55\x48"[random.IntN(8)])
		if random.IntN(4) == 0 {
			b = append(b, bytes.Repeat([]byte{0x90}, random.IntN(40))...)
		}
	}
	return b
}

// bzImage packs a compressed kernel as the kernel's build does. With trailer, the size
// of what comes out is appended. What follows the payload stands for a signature.
func bzImage(packed []byte, size int, trailer bool) []byte {
	const sectors, offset = 3, 100
	if trailer {
		packed = binary.LittleEndian.AppendUint32(slices.Clone(packed), uint32(size))
	}
	image := make([]byte, (sectors+1)*512+offset)
	image[setupSectors] = sectors
	copy(image[setupMagic:], "HdrS")
	binary.LittleEndian.PutUint16(image[setupVersion:], 0x020f)
	binary.LittleEndian.PutUint32(image[payloadOffset:], offset)
	binary.LittleEndian.PutUint32(image[payloadLength:], uint32(len(packed)))
	return append(append(image, packed...), "signature"...)
}

const testRelease = "6.1.0-test"

// elfKernel is an ELF file that has what banger looks for in a kernel.
func elfKernel(pvh bool, extra ...string) []byte {
	const headerSize, programSize = 64, 56
	kind := uint32(notePVH)
	if !pvh {
		kind = 1
	}
	note := binary.LittleEndian.AppendUint32(nil, 4)
	note = binary.LittleEndian.AppendUint32(note, 8)
	note = binary.LittleEndian.AppendUint32(note, kind)
	note = append(note, "Xen\x00\x00\x00\x00\x01\x00\x00\x00\x00"...)
	var b bytes.Buffer
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Phoff: headerSize, Ehsize: headerSize, Phentsize: programSize, Phnum: 1,
	}
	program := elf.Prog64{Type: uint32(elf.PT_NOTE), Off: headerSize + programSize, Filesz: uint64(len(note))}
	for _, part := range []any{header, program, note} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	fmt.Fprintf(&b, "Linux version %s (someone@somewhere) #1 SMP\x00%s", testRelease, strings.Join(extra, "\x00"))
	return b.Bytes()
}

// goodConfig has all that a guest needs; virtio_blk and overlay are modules.
func goodConfig() string {
	text := "#\n# Linux/x86 6.1.0 Kernel Configuration\n#\n"
	for _, o := range options {
		value := "y"
		if o.module == "virtio_blk" || o.module == "overlay" {
			value = "m"
		}
		text += "CONFIG_" + o.name + "=" + value + "\n"
	}
	return text
}

func module(name string) string {
	return "\x7fELF module " + name + "\x00vermagic=" + testRelease + " SMP mod_unload\x00"
}

// goodFiles are the files of a package with a kernel that banger takes.
func goodFiles() map[string]string {
	modules := "lib/modules/" + testRelease + "/"
	return map[string]string{
		"boot/vmlinuz-" + testRelease:            string(elfKernel(true)),
		"boot/config-" + testRelease:             goodConfig(),
		"boot/System.map-" + testRelease:         "not needed",
		modules + "kernel/virtio.ko":             module("virtio"),
		modules + "kernel/virtio_ring.ko":        module("virtio_ring"),
		modules + "kernel/drivers/virtio_blk.ko": module("virtio_blk"),
		modules + "kernel/fs/overlay.ko":         module("overlay"),
		modules + "modules.dep": "kernel/virtio.ko: kernel/virtio_ring.ko\nkernel/virtio_ring.ko:\n" +
			"kernel/drivers/virtio_blk.ko: kernel/virtio.ko kernel/virtio_ring.ko\nkernel/fs/overlay.ko:\n",
		modules + "modules.dep.bin": "made by depmod",
		modules + "modules.builtin": "kernel/fs/ext4/ext4.ko\n",
	}
}

// with gives the files with one more or another; an empty text takes it away.
func with(files map[string]string, name, text string) map[string]string {
	delete(files, name)
	if text != "" {
		files[name] = text
	}
	return files
}

// writeTree writes the files below dir.
func writeTree(t testing.TB, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

func tarOf(files map[string]string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		_ = w.WriteHeader(&tar.Header{Name: "./" + name, Mode: 0o644, Size: int64(len(text))})
		_, _ = w.Write([]byte(text))
	}
	_ = w.Close()
	return b.Bytes()
}

// debOf is a package with the given archive of files (deb(5)).
func debOf(name, version, depends string, data []byte) []byte {
	control := "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nMaintainer: nobody <nobody@example.com>\nDescription: a test\n"
	if depends != "" {
		control += "Depends: " + depends + "\n"
	}
	deb := "!<arch>\n"
	for _, member := range []struct{ name, text string }{
		{"debian-binary", "2.0\n"}, {"control.tar", string(tarOf(map[string]string{"control": control}))}, {"data.tar", string(data)},
	} {
		deb += fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n", member.name, 0, 0, 0, "100644", len(member.text)) + member.text
		deb += strings.Repeat("\n", len(member.text)&1)
	}
	return []byte(deb)
}

func writeFile(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, b, 0o644))
	return path
}
