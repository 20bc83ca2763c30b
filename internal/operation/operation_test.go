package operation

import (
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestEveryLineHasTheID(t *testing.T) {
	var out strings.Builder
	log := slog.New(Logged(slog.NewTextHandler(&out, nil)))
	ctx := With(t.Context(), "abc")
	log.InfoContext(ctx, "one")
	log.With(slog.String("vm", "x")).InfoContext(ctx, "two")
	log.WithGroup("").ErrorContext(ctx, "three")
	log.Info("four")
	want := []string{"operation=abc", "operation=abc", "operation=abc", "operation=-"}
	for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("%q does not end in %s", line, want[i])
		}
	}
}

func TestIDs(t *testing.T) {
	if a, b := NewID(), NewID(); a == b || !Valid(a) {
		t.Errorf("ids %q and %q", a, b)
	}
	for _, id := range []string{"", "a b", "a\n", "é", strings.Repeat("a", 65), "a=b"} {
		if Valid(id) {
			t.Errorf("%q passes for an id", id)
		}
	}
	if id := ID(context.Background()); id != None {
		t.Errorf("without an operation the id is %q", id)
	}
}
