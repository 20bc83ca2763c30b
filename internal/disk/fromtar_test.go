package disk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"banger/internal/problem"
)

func TestFromTarKeepsWhatAFileIs(t *testing.T) {
	long := strings.Repeat("n", 255)
	path := filepath.Join(t.TempDir(), "rootfs.ext4")
	must(t, FromTar(t.Context(), archive(t,
		&tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o751},
		&tar.Header{Name: "a/", Typeflag: tar.TypeDir, Uid: 100_000, Gid: 70_000},
		&tar.Header{Name: "a/empty", Typeflag: tar.TypeReg, Mode: 0o4711, ModTime: time.Unix(1_700_000_000, 0),
			PAXRecords: map[string]string{"SCHILY.xattr.user.note": "kept"}},
		&tar.Header{Name: "hard", Typeflag: tar.TypeLink, Linkname: "./a/empty"},
		&tar.Header{Name: "soft", Typeflag: tar.TypeSymlink, Linkname: "/etc/../absolute"},
		&tar.Header{Name: "far", Typeflag: tar.TypeSymlink, Linkname: strings.Repeat("x", maxTarget)},
		&tar.Header{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		&tar.Header{Name: "vdz", Typeflag: tar.TypeBlock, Devmajor: 259, Devminor: 300},
		&tar.Header{Name: "pipe", Typeflag: tar.TypeFifo},
		&tar.Header{Name: long, Typeflag: tar.TypeReg},
		&tar.Header{Name: "caf\xe9", Typeflag: tar.TypeReg, Format: tar.FormatGNU},
	), path, 64<<20))
	for request, want := range map[string]string{
		"stat /":           `Mode: +0751`,
		"stat a":           `User: 100000 +Group: 70000`,
		"stat a/empty":     `Type: regular +Mode: +04711[\s\S]*Links: 2[\s\S]*mtime: 0x6553f100[\s\S]*user.note \(4\) = "kept"`,
		"stat hard":        `Inode: \d+ +Type: regular +Mode: +04711`,
		"stat soft":        `Fast link dest: "/etc/../absolute"`,
		"stat far":         `Type: symlink[\s\S]*Size: 4095`,
		"stat null":        `Type: character special[\s\S]*Device major/minor number: 01:03`,
		"stat vdz":         `Type: block special[\s\S]*Device major/minor number: 259:300`,
		"stat pipe":        `Type: FIFO`,
		"stat " + long:     `Type: regular`,
		"stat \"caf\xe9\"": `Type: regular`,
	} {
		if got := debugfs(t, path, request); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: got\n%swant %s", request, got, want)
		}
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != 0o444 {
		t.Errorf("mode %v, want -r--r--r--", info.Mode())
	}
	onlyFiles(t, filepath.Dir(path), "rootfs.ext4")
}

func TestFromTarKeepsBytes(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	copy(body[1<<20:], make([]byte, 1<<20))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "dir/file", Mode: 0o644, Size: int64(len(body))}))
	_, err := w.Write(body)
	must(t, err)
	must(t, w.Close())
	dir := t.TempDir()
	path := filepath.Join(dir, "d")
	must(t, FromTar(t.Context(), &b, path, 64<<20))
	debugfs(t, path, "dump dir/file "+filepath.Join(dir, "out"))
	got, err := os.ReadFile(filepath.Join(dir, "out"))
	must(t, err)
	if !bytes.Equal(got, body) {
		t.Error("the file's bytes differ")
	}
}

// bomb is an archive of a few KiB with one file that is size bytes of hole.
func bomb(t *testing.T, size int64) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	// An old GNU sparse header by hand: archive/tar writes none. Offsets are those of
	// struct oldgnu_header in tar(5): one stretch of 0 bytes at the end, and the real size.
	must(t, w.WriteHeader(&tar.Header{Name: "hole", Mode: 0o644, Format: tar.FormatGNU}))
	must(t, w.Close())
	block := b.Bytes()[:512]
	block[156] = 'S'
	copy(block[386:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	copy(block[483:], fmt.Sprintf("%011o\x00", size))
	checksum(block)
	return &b
}

// checksum puts the header's checksum right.
func checksum(header []byte) {
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}

func TestFromTarKeepsAHoleAHole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	must(t, FromTar(t.Context(), bomb(t, 3200<<20), path, 4<<30))
	if got := debugfs(t, path, "stat hole"); !strings.Contains(got, fmt.Sprint("Size: ", 3200<<20)) {
		t.Errorf("not a file of 3200 MiB: %s", got)
	}
	if n, err := Allocated(path); err != nil || n > 1<<20 {
		t.Errorf("takes %d bytes (%v), want at most 1 MiB", n, err)
	}
}

func TestFromTarRefuses(t *testing.T) {
	file := func(name string) *tar.Header { return &tar.Header{Name: name, Typeflag: tar.TypeReg} }
	whole := archive(t, file("a"), file("b")).Bytes()
	absurd := bytes.Clone(whole)
	copy(absurd[124:], "\x80\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00") // base-256 size, see tar(5)
	checksum(absurd[:512])
	for name, c := range map[string]struct {
		in   io.Reader
		code problem.Code
		want string
	}{
		"climbing name":   {archive(t, file("../../x")), problem.Invalid, `a name that leads outside of it: "../../x"`},
		"hidden climb":    {archive(t, file("a/b/../../../x")), problem.Invalid, "leads outside"},
		"climbing link":   {archive(t, &tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "../x"}), problem.Invalid, "hard link that leads outside"},
		"link to nothing": {archive(t, &tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "absent"}), problem.Invalid, "absent: file not found"},
		"aimless link":    {archive(t, &tar.Header{Name: "s", Typeflag: tar.TypeSymlink}), problem.Invalid, "without a usable target"},
		"odd type":        {archive(t, &tar.Header{Name: "c", Typeflag: tar.TypeCont}), problem.Invalid, "unknown type"},
		"long name":       {archive(t, file(strings.Repeat("n", 256))), problem.Invalid, "invalid name"},
		"file as folder":  {archive(t, file("a"), file("a/b")), problem.Invalid, "path not found"},
		"large xattr": {archive(t, &tar.Header{Name: "bin/x", PAXRecords: map[string]string{"SCHILY.xattr.user.big": strings.Repeat("v", 5000)}}),
			problem.Invalid, "bin/x: could not fit xattr user.big"},
		"terminal codes": {archive(t, file("a\x1b[2J"), file("a\x1b[2J/b")), problem.Invalid, `a\x1b[2J/b`},
		"rubbish":        {strings.NewReader(strings.Repeat("rubbish!", 1000)), problem.Invalid, "invalid tar header"},
		"cut short":      {bytes.NewReader(whole[:700]), problem.Invalid, "unexpected EOF"},
		"empty":          {archive(t), problem.Invalid, "archive is empty"},
		"no bytes":       {strings.NewReader(""), problem.Invalid, "archive is empty"},
		"too large":      {bomb(t, 1<<32), problem.Exhausted, "more than the limit of 16 MiB"},
		"absurd size":    {bytes.NewReader(absurd), problem.Exhausted, "more than the limit of 16 MiB"},
		"broken source":  {io.MultiReader(bytes.NewReader(whole[:512]), failing{}), problem.Internal, "read the archive: cable cut"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := FromTar(t.Context(), c.in, filepath.Join(dir, "d"), 16<<20)
			if err == nil || !strings.Contains(err.Error(), c.want) || problem.CodeOf(err) != c.code {
				t.Errorf("got %v (%s), want %q (%s)", err, problem.CodeOf(err), c.want, c.code)
			}
			onlyFiles(t, dir)
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cable cut") }

func TestFromTarLimitCountsMetadataToo(t *testing.T) {
	dir := t.TempDir()
	err := FromTar(t.Context(), bomb(t, 16<<20), filepath.Join(dir, "d"), 16<<20)
	if problem.CodeOf(err) != problem.Exhausted {
		t.Errorf("got %v, want exhausted", err)
	}
	onlyFiles(t, dir)
}

func TestFromTarEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	defer w.Close()
	_, err = w.Write(archive(t, &tar.Header{Name: "a"}).Bytes()[:512])
	must(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	time.AfterFunc(20*time.Millisecond, func() { cancel(gaveUp) })
	if err := FromTar(ctx, r, filepath.Join(dir, "d"), 16<<20); !errors.Is(err, gaveUp) {
		t.Errorf("got %v, want %v", err, gaveUp)
	}
	onlyFiles(t, dir)
}
