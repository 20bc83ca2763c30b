package agent

import (
	"bytes"
	"testing"

	"banger/internal/guestlink"
)

func sh(script string) guestlink.Exec { return guestlink.Exec{Args: []string{"sh", "-c", script}} }

func TestOutputAndStatus(t *testing.T) {
	var out, errOut bytes.Buffer
	exit, err := start(t).run(t, sh("printf 'a\\000b'; printf c >&2; exit 42"), guestlink.IO{Stdout: &out, Stderr: &errOut})
	if err != nil || exit != (guestlink.Exit{Code: 42}) || out.String() != "a\x00b" || errOut.String() != "c" {
		t.Errorf("got %+v, %v, %q, %q", exit, err, &out, &errOut)
	}
}
