package agent_test

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"testing"

	"banger/internal/agent"
	"banger/internal/guestlink"
)

func TestEnvironment(t *testing.T) {
	own, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g := start(t)
	conf := guestlink.Configure{Env: map[string]string{"A": "vm", "B": "vm", "LANG": "C"}}
	if _, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpConfigure, Configure: &conf}); err != nil {
		t.Fatal(err)
	}
	x := guestlink.Exec{Args: []string{"env"}, Env: []string{"B=exec", "B=last", "EMPTY="}}
	got := g.output(t, x, nil)
	for _, want := range []string{
		"A=vm", "B=last", "EMPTY=", "LANG=C", "PATH=" + agent.DefaultPath,
		"HOME=" + own.HomeDir, "USER=" + own.Username, "LOGNAME=" + own.Username,
	} {
		if !strings.Contains("\n"+got, "\n"+want+"\n") {
			t.Errorf("the environment lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "BANGER_TEST") || strings.Contains(got, "TERM=") {
		t.Errorf("the environment holds what it should not:\n%s", got)
	}
}

func TestDirectory(t *testing.T) {
	own, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	home := own.HomeDir
	if _, err := os.Stat(home); err != nil {
		home = "/"
	}
	g := start(t)
	for _, tc := range []struct{ dir, home, want string }{
		{"", "", home},
		{"", "/usr", "/usr"},
		{"", "/no/such/home", "/"},
		{"/usr/bin", "", "/usr/bin"},
		{"bin", "/usr", "/usr/bin"},
	} {
		x := guestlink.Exec{Args: []string{"/bin/pwd"}, Dir: tc.dir}
		if tc.home != "" {
			x.Env = []string{"HOME=" + tc.home}
		}
		if got := g.output(t, x, nil); got != tc.want+"\n" {
			t.Errorf("directory %q with home %q: got %q", tc.dir, tc.home, got)
		}
	}
}

// As root commands run as anybody, else as oneself only.
func TestUser(t *testing.T) {
	g := start(t)
	id := func(user string) (string, error) {
		var out strings.Builder
		x := sh("echo $(id -u):$(id -g):$(id -G); echo $HOME")
		x.User = user
		_, err := g.run(t, x, guestlink.IO{Stdout: &out})
		return out.String(), err
	}
	if os.Getuid() != 0 {
		if got, err := id(fmt.Sprint(os.Getuid())); err != nil {
			t.Errorf("as oneself: %q, %v", got, err)
		}
		if _, err := id("root"); err == nil || !strings.Contains(err.Error(), "not root") {
			t.Errorf("as root: %v", err)
		}
		return
	}
	for user, want := range map[string]string{
		"":              "0:0:0\n/root\n",
		"root":          "0:0:0\n/root\n",
		"nobody":        "65534:65534:65534\n/nonexistent\n",
		"65534":         "65534:65534:65534\n/nonexistent\n",
		"nobody:daemon": "65534:1:1\n/nonexistent\n",
		"12345:67":      "12345:67:67\n/\n",
		"12345":         "12345:0:0\n/\n",
	} {
		if got, err := id(user); err != nil || got != want {
			t.Errorf("as %q: got %q, %v, want %q", user, got, err, want)
		}
	}
}

func TestLoginShell(t *testing.T) {
	g := start(t)
	x := guestlink.Exec{Env: []string{"ENV=", "PS1="}}
	shell, err := agent.LoginShell()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	exit, err := g.run(t, x, guestlink.IO{Stdin: strings.NewReader("echo $0; exit 3\n"), Stdout: &out})
	if strings.HasSuffix(shell, "nologin") { // whoever runs the tests has no better one
		if err != nil || exit.Code != 1 {
			t.Errorf("got %+v, %v", exit, err)
		}
	} else if err != nil || exit.Code != 3 || !strings.HasPrefix(out.String(), "-") {
		t.Errorf("got %+v, %v, %q", exit, err, &out)
	}
}
