package doctor

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	for name, c := range map[string]struct {
		rows         []Row
		want, strict int
	}{
		"nothing":   {nil, 0, 0},
		"all well":  {passed("x"), 0, 0},
		"a warning": {append(passed("x"), warned("y", "z")...), 0, 1},
		"a failure": {append(warned("y", "z"), failed("y", "z")...), 1, 1},
	} {
		r := Report{Checks: c.rows}
		if got := r.exit(false); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
		if got := r.exit(true); got != c.strict {
			t.Errorf("%s, strict: exit %d, want %d", name, got, c.strict)
		}
	}
}

func TestReportAsText(t *testing.T) {
	r := Report{Checks: []Row{
		{Code: "kvm", Status: Warn, Detail: "/dev/kvm does not exist", Remedy: "load the module"},
		{Code: "engine", Status: OK, Detail: "QEMU 7.2"},
	}}
	var out strings.Builder
	if err := r.writeText(&out); err != nil {
		t.Fatal(err)
	}
	want := "warn  kvm     /dev/kvm does not exist\n              -> load the module\nok    engine  QEMU 7.2\nThis host is ready; 1 to look at.\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	r.Checks[0].Status = Fail
	if got, want := r.verdict(), "This host is not ready: 1 failed, 0 to look at."; got != want {
		t.Errorf("verdict %q, want %q", got, want)
	}
}

func TestReportAsJSON(t *testing.T) {
	var out strings.Builder
	if err := (Report{Version: "v1", OK: true, Checks: []Row{{Code: "kvm", Status: OK, Detail: "usable"}}}).writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	row := got["checks"].([]any)[0].(map[string]any)
	if got["ok"] != true || row["code"] != "kvm" || row["status"] != "ok" || row["detail"] != "usable" {
		t.Errorf("got %v", got)
	}
}

func TestRowsAreFitForATerminal(t *testing.T) {
	row := Row{Detail: "a\x1b]0;evil\x07b\nc", Remedy: "d\x00"}.plain()
	if strings.ContainsAny(row.Detail+row.Remedy, "\x1b\x07\x00\n") {
		t.Errorf("control characters are left: %q", row)
	}
}
