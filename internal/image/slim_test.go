package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestSlim(t *testing.T) {
	in := archive(t, []tar.Header{
		{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./dev/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		{Name: "./etc/hostname", Linkname: "secret"},
		{Name: "./etc/shadow", Mode: 0o640, Gid: 42, Linkname: "root:*:"},
		{Name: "./etc/shadow-", Linkname: "root:*:"},
		{Name: "./etc/ssh/ssh_host_rsa_key", Linkname: "secret"},
		{Name: "./etc/ssh/ssh_config", Linkname: "kept"},
		{Name: "./etc/apt/apt.conf.d/99mmdebstrap", Linkname: "Acquire::http::Proxy \"http://user:secret@proxy.example\";"},
		{Name: "./usr/bin/ping", Mode: 0o4755, Linkname: "x", PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00 \x00\x00"}},
		{Name: "./usr/bin/pong", Typeflag: tar.TypeLink, Linkname: "./usr/bin/ping"},
		{Name: "./usr/share/doc/x/", Typeflag: tar.TypeDir},
		{Name: "./usr/share/doc/x/copyright", Linkname: "licence"},
		{Name: "./usr/share/doc/x/README", Linkname: "words"},
		{Name: "./usr/share/man/", Typeflag: tar.TypeDir},
		{Name: "./usr/share/man/man1/", Typeflag: tar.TypeDir},
		{Name: "./usr/share/manifest", Linkname: "kept"},
		{Name: "./usr/share/locale/de/x.mo", Linkname: "worte"},
		{Name: "./var/lib/apt/lists/", Typeflag: tar.TypeDir},
		{Name: "./var/lib/apt/lists/partial/", Typeflag: tar.TypeDir, Mode: 0o700, Uid: 42},
		{Name: "./var/lib/apt/lists/lock", Linkname: ""},
		{Name: "./var/log/bootstrap.log", Linkname: "words"},
	})
	var out bytes.Buffer
	must(t, slim(&out, bytes.NewReader(in), map[string]string{"etc/hostname": "", "etc/hosts": "here"}))
	got := map[string]string{}
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		body, err := io.ReadAll(r)
		must(t, err)
		got[h.Name] = string(body)
		switch h.Name {
		case "./usr/bin/ping":
			if h.Mode != 0o4755 || h.PAXRecords["SCHILY.xattr.security.capability"] != "\x01\x00\x00\x02\x00 \x00\x00" {
				t.Errorf("ping has mode %o and %q", h.Mode, h.PAXRecords)
			}
		case "./usr/bin/pong":
			if h.Typeflag != tar.TypeLink || h.Linkname != "./usr/bin/ping" {
				t.Errorf("pong is %c to %s", h.Typeflag, h.Linkname)
			}
		case "./etc/shadow":
			if h.Gid != 42 || h.Mode != 0o640 {
				t.Errorf("shadow has group %d, mode %o", h.Gid, h.Mode)
			}
		}
	}
	want := map[string]string{
		"./": "", "./dev/": "", "etc/hostname": "", "etc/hosts": "here", "./etc/shadow": "root:*:", "./etc/ssh/ssh_config": "kept",
		"./usr/bin/ping": "x", "./usr/bin/pong": "", "./usr/share/doc/x/": "", "./usr/share/doc/x/copyright": "licence",
		"./usr/share/man/": "", "./usr/share/manifest": "kept", "./var/lib/apt/lists/": "", "./var/lib/apt/lists/partial/": "",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func TestSlimRefuses(t *testing.T) {
	whole := archive(t, []tar.Header{{Name: "a", Linkname: strings.Repeat("x", 2000)}})
	for name, in := range map[string][]byte{"nothing": nil, "no files": archive(t, nil), "half": whole[:1500]} {
		if err := slim(io.Discard, bytes.NewReader(in), map[string]string{"etc/hosts": "x"}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
