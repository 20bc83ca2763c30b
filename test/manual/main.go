// Command manual writes banger's man pages and completion files into a folder, as they lie below PREFIX/share. It is a
// program of its own so that banger carries none of it.
//
//	go run ./test/manual [-version V] FOLDER
//
// The date of the pages is SOURCE_DATE_EPOCH, if that is set.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"banger/internal/cli"
)

func main() {
	version := flag.String("version", "devel", "of banger, for the pages' footer")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: manual [-version V] FOLDER")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *version); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func write(dir, version string) error {
	date, err := dateOfPages()
	if err != nil {
		return err
	}
	root := cli.Commands()
	root.InitDefaultCompletionCmd() // cobra's own, which it adds when a command runs
	files := pages(root, footer{version: version, date: date})
	maps.Copy(files, completions(root))
	for name, text := range files {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// dateOfPages is SOURCE_DATE_EPOCH, in seconds, or else now: so that one source always gives the same files.
func dateOfPages() (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, and no number of seconds", epoch)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// pages are a man page for each command, by its file's name.
func pages(root *cobra.Command, f footer) map[string]func(io.Writer) error {
	all := map[string]func(io.Writer) error{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		all["man/man1/"+pageName(cmd)+".1"] = func(w io.Writer) error {
			_, err := io.WriteString(w, page(cmd, f))
			return err
		}
		for _, sub := range shown(cmd) {
			visit(sub)
		}
	}
	visit(root)
	return all
}

// completions are the files by name, where each shell looks for them. PowerShell looks nowhere: "banger completion powershell".
func completions(root *cobra.Command) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"bash-completion/completions/banger":    func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh/site-functions/_banger":            root.GenZshCompletion,
		"fish/vendor_completions.d/banger.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
	}
}

func writeFile(path string, text func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := text(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
