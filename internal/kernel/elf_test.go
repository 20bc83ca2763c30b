package kernel

import (
	"bytes"
	"encoding/binary"
	"testing"

	"banger/internal/problem"
)

func TestHasPVH(t *testing.T) {
	for _, want := range []bool{true, false} {
		if got, err := hasPVH(elfKernel(want)); err != nil || got != want {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	arm := elfKernel(true)
	binary.LittleEndian.PutUint16(arm[18:], 183)
	_, err := hasPVH(arm)
	wantProblem(t, err, problem.Invalid, "x86-64")
	_, err = hasPVH(sample())
	wantProblem(t, err, problem.Invalid, "ELF")
}

func TestHasNoteInABrokenList(t *testing.T) {
	note := func(name, desc uint32, rest string) []byte {
		b := binary.LittleEndian.AppendUint32(nil, name)
		b = binary.LittleEndian.AppendUint32(b, desc)
		return append(binary.LittleEndian.AppendUint32(b, notePVH), rest...)
	}
	first := note(5, 1, "Linux\x00\x00\x00x\x00\x00\x00")
	for name, c := range map[string]struct {
		notes []byte
		want  bool
	}{
		"after another, padded": {append(first, note(4, 4, "Xen\x00....")...), true},
		"cut short":             {note(4, 40, "Xen\x00...."), false},
		"sizes that overflow":   {note(0xffffffff, 0xffffffff, "Xen\x00...."), false},
		"less than a header":    {note(4, 4, "")[:11], false},
	} {
		if got := hasNote(c.notes, "Xen\x00", notePVH); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestReleaseOf(t *testing.T) {
	for text, want := range map[string]string{
		"\x00Linux version 6.1.0-56-cloud-amd64 (a@b) (gcc)": "6.1.0-56-cloud-amd64",
		"Linux version %s (%s)\x00Linux version 6.12.0 (x":   "6.12.0",
		"Linux version 6.1/../../etc (x":                     "",
		"Linux version ..(x":                                 "",
		"no word of it":                                      "",
	} {
		got, err := releaseOf([]byte(text))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestEmbeddedConfig(t *testing.T) {
	packed := pack(t, "gzip", []byte(goodConfig()))
	got, err := embeddedConfig([]byte("code IKCFG_ST" + string(packed) + "IKCFG_ED code"))
	if err != nil || string(got) != goodConfig() {
		t.Errorf("got %q, %v", got, err)
	}
	for name, kernel := range map[string]string{
		"none":              "code",
		"the mark alone":    "IKCFG_ST but what follows is not packed IKCFG_ED",
		"without its end":   "IKCFG_ST" + string(packed),
		"with a large tail": "IKCFG_ST",
	} {
		if got, err := embeddedConfig([]byte(kernel)); got != nil || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	_, err = embeddedConfig([]byte("IKCFG_ST" + string(packed[:20]) + "IKCFG_ED"))
	wantProblem(t, err, problem.Invalid, "embedded configuration")
	bomb := pack(t, "gzip", bytes.Repeat([]byte("\n"), 2*maxConfig))
	if got, err := embeddedConfig([]byte("IKCFG_ST" + string(bomb) + "IKCFG_ED")); err != nil || len(got) > maxConfig {
		t.Errorf("got %d bytes, %v; want at most %d", len(got), err, maxConfig)
	}
}
