package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"banger/internal/cli"
)

// filesIn are the files below a folder.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wanted are the files that there must be, by the command line as it is.
func wanted() []string {
	files := []string{"bash-completion/completions/banger", "fish/vendor_completions.d/banger.fish", "zsh/site-functions/_banger"}
	for _, cmd := range all(cli.Commands()) {
		files = append(files, "man/man1/"+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
	}
	for _, shell := range []string{"", "-bash", "-zsh", "-fish", "-powershell"} {
		files = append(files, "man/man1/banger-completion"+shell+".1")
	}
	slices.Sort(files)
	return files
}

func all(cmd *cobra.Command) []*cobra.Command {
	found := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		found = append(found, all(sub)...)
	}
	return found
}

func TestEveryCommandHasAPage(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	dir := t.TempDir()
	if err := write(dir, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, dir); !slices.Equal(got, wanted()) || len(got) < 40 {
		t.Errorf("files %q\nwant %q", got, wanted())
	}
	for _, cmd := range all(cli.Commands()) {
		text, err := os.ReadFile(filepath.Join(dir, "man", "man1", pageName(cmd)+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		words := []string{`"1970\-01\-02" "banger 1.2.3"`, escape(cmd.Short), `\-\-help`}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			_, usage := pflag.UnquoteUsage(flag)
			words = append(words, escape("--"+flag.Name), escape(usage))
		})
		for _, sub := range cmd.Commands() {
			words = append(words, escape(sub.CommandPath()), escape(sub.Short))
		}
		for _, word := range words {
			if !strings.Contains(string(text), word) {
				t.Errorf("%s: %q is not in its page", cmd.CommandPath(), word)
			}
		}
	}
}

func TestBadDateIsRefused(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if err := write(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "yesterday") {
		t.Errorf("error %v", err)
	}
}

// TestTextMeansItself: nothing of a command's help acts on the page.
func TestTextMeansItself(t *testing.T) {
	cmd := &cobra.Command{
		Use: "x", Short: `a\b "c" -d`, Long: ".SH not a heading\n'nor this\n\n  kept  as it is\nprose", Example: "  x | y\n.x",
		Run: func(*cobra.Command, []string) {},
	}
	got := page(cmd, footer{version: `"1"`, date: time.Unix(0, 0).UTC()})
	want := `.TH "X" "1" "1970\-01\-01" "banger \(dq1\(dq" "banger"
.SH "NAME"
x \- a\eb "c" \-d
.SH "SYNOPSIS"
.nf
x [flags]
.fi
.SH "DESCRIPTION"
.PP
\&.SH not a heading
\&'nor this
.PP
.nf
  kept  as it is
.fi
prose
.SH "OPTIONS"
.TP
.B "\-h, \-\-help"
help for x
.SH "EXAMPLES"
.nf
  x | y
\&.x
.fi
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// askBash completes the line $2 with the file $1 as bash would, and as bash-completion would prepare it.
const askBash = `
_init_completion() { words=($line); [[ $line == *" " ]] && words+=(""); cword=$((${#words[@]} - 1)); cur=${words[cword]}; prev=${words[cword - 1]}; }
__ltrim_colon_completions() { :; }
line=$2 COMP_TYPE=63
source "$1"
__start_banger
for word in "${COMPREPLY[@]}"; do echo "${word%% *}"; done`

// TestBashCompletes has a real shell complete commands and flags with the file that is installed.
func TestBashCompletes(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, ""); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "banger"), "banger/cmd/banger").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line, want := range map[string]string{"banger vm sto": "stop", "banger daemon st": "start status stop", "banger run --no-f": "--no-fork", "banger vm stop ": ""} {
		cmd := exec.Command("bash", "-c", askBash, "bash", filepath.Join(dir, "bash-completion/completions/banger"), line)
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "BANGER_STATE_DIR=" + dir + "/state", "BANGER_CACHE_DIR=" + dir + "/cache", "BANGER_RUNTIME_DIR=" + dir + "/run"}
		out, err := cmd.Output()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", line, got, err, want)
		}
	}
}

// TestUninstallTakesAwayWhatInstallMade, and nothing else.
func TestUninstallTakesAwayWhatInstallMade(t *testing.T) {
	dir := t.TempDir()
	run := func(target string) {
		t.Helper()
		cmd := exec.Command("make", target, "DESTDIR="+dir, "PREFIX=/opt/banger")
		cmd.Dir = filepath.Join("..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	prefix := filepath.Join(dir, "opt", "banger")
	others := filepath.Join(prefix, "share", "man", "man1", "other.1")
	if err := os.MkdirAll(filepath.Dir(others), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(others, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run("install")
	want := []string{"bin/banger", "bin/bangerd", "share/man/man1/other.1"}
	for _, name := range wanted() {
		want = append(want, "share/"+name)
	}
	slices.Sort(want)
	if got := filesIn(t, prefix); !slices.Equal(got, want) {
		t.Errorf("installed %q\nwant %q", got, want)
	}
	for _, name := range want[2:] {
		if info, err := os.Stat(filepath.Join(prefix, name)); err != nil || name != "share/man/man1/other.1" && (info.Mode() != 0o644 || info.Size() == 0) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	run("uninstall")
	if got := filesIn(t, prefix); !slices.Equal(got, []string{"share/man/man1/other.1"}) {
		t.Errorf("left: %q", got)
	}
}
