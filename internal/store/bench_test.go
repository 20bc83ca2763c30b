package store

import (
	"fmt"
	"path/filepath"
	"testing"
)

// tenThousand is a store with that many VMs.
func tenThousand(b *testing.B) (*Store, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "state.db")
	s := mustOpen(b, path)
	if err := s.UpsertImage(b.Context(), testImage("i", "image")); err != nil {
		b.Fatal(err)
	}
	fill(b, s, allFrom("172.16.0.0/24")[:10000]...)
	return s, path
}

func BenchmarkOpenFresh(b *testing.B) {
	dir := b.TempDir()
	n := 0
	for b.Loop() {
		s, err := Open(b.Context(), filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
		n++
	}
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "state.db")
	mustOpen(b, path).Close()
	for b.Loop() {
		s, err := Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

func BenchmarkOpenTenThousand(b *testing.B) {
	s, path := tenThousand(b)
	s.Close()
	for b.Loop() {
		s, err := Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

func BenchmarkCreateVM(b *testing.B) {
	s := withImage(b)
	n := 0
	for b.Loop() {
		mustCreate(b, s, testVM(fmt.Sprint(n), fmt.Sprint(n), "i"))
		n++
	}
}

func BenchmarkCreateAmongTenThousand(b *testing.B) {
	s, _ := tenThousand(b)
	n := 0
	for b.Loop() {
		mustCreate(b, s, testVM(fmt.Sprint(n), fmt.Sprint(n), "i"))
		n++
	}
}

func BenchmarkUpsertVM(b *testing.B) {
	s := withImage(b)
	vm := mustCreate(b, s, testVM("a", "a", "i"))
	for b.Loop() {
		if err := s.UpsertVM(b.Context(), vm); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListTenThousand(b *testing.B) {
	s, _ := tenThousand(b)
	for b.Loop() {
		if vms, err := s.VMs(b.Context()); err != nil || len(vms) != 10000 {
			b.Fatal(len(vms), err)
		}
	}
}

func BenchmarkVMByName(b *testing.B) {
	s, _ := tenThousand(b)
	for b.Loop() {
		if _, err := s.VMByName(b.Context(), "172.16.3.77"); err != nil {
			b.Fatal(err)
		}
	}
}
