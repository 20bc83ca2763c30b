package image

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/problem"
	"banger/internal/step/steptest"
)

func (b bench) do(t *testing.T) error {
	_, err := b.Build(t.Context(), Request{Name: "mine"}, nil)
	if problem.CodeOf(err) == problem.Taken { // it died at the very end
		return nil
	}
	return err
}

func (b bench) undo(t *testing.T) error {
	err := b.Delete(t.Context(), "mine")
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	return err
}

func TestFaults(t *testing.T) {
	t.Run("build", func(t *testing.T) {
		steptest.Fail(t, func(t *testing.T) steptest.Case {
			b := newBench(t)
			fake(t, "cat $WORK/rootfs.tar")
			return steptest.Case{Do: func() error { return b.do(t) }, Failed: func() { b.onlyImages(t) }, Done: func() { b.onlyImages(t, "mine") }}
		})
	})
	t.Run("delete", func(t *testing.T) {
		steptest.Fail(t, func(t *testing.T) steptest.Case {
			b := newBench(t)
			b.build(t, "mine")
			return steptest.Case{Do: func() error { return b.undo(t) }, Done: func() { b.onlyImages(t) }, Failed: func() {
				if _, err := b.Get(t.Context(), "mine"); err != nil {
					t.Errorf("it is not listed any more: %v", err)
				}
			}}
		})
	})
	t.Run("sweep", func(t *testing.T) {
		steptest.Fail(t, func(t *testing.T) steptest.Case {
			b := newBench(t)
			id := newID()
			stage := filepath.Join(b.dir, stagePrefix+id)
			for _, dir := range append(b.host.scratches(id), stage) {
				must(t, os.MkdirAll(dir, 0o700))
			}
			must(t, os.WriteFile(filepath.Join(stage, rootfsFile), nil, 0o600))
			return steptest.Case{Do: func() error { return b.Sweep(t.Context()) }, Failed: func() {}, Done: func() { b.onlyImages(t) }}
		})
	})
}

// A daemon that is killed leaves nothing that the next one does not remove.
func TestKilled(t *testing.T) {
	steptest.Kill(t, func(t *testing.T, dir string) {
		b := benchAt(t, dir)
		fake(t, "cat $WORK/rootfs.tar")
		must(t, b.do(t))
		must(t, b.undo(t))
	}, func(t *testing.T, dir string) {
		b := benchAt(t, dir)
		must(t, b.Sweep(t.Context()))
		images, err := b.List(t.Context())
		must(t, err)
		if len(images) == 0 {
			b.onlyImages(t)
		} else {
			b.onlyImages(t, "mine")
		}
		fake(t, "cat $WORK/rootfs.tar")
		must(t, b.do(t))
		b.onlyImages(t, "mine")
		must(t, b.undo(t))
		b.onlyImages(t)
	})
}
