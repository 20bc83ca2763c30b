package workspace

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// guestConfig is the configuration of the guest's repository: banger's own, and of the user's only what it names. The guest's git is told to
// compare files by size and whole seconds, which is what tree_put can set.
func (p *Plan) guestConfig() string {
	c, b := p.configured, &strings.Builder{}
	version := 0
	if p.sum == 32 || c.promisor != "" {
		version = 1
	}
	fmt.Fprintf(b, "[core]\n\trepositoryformatversion = %d\n\tbare = false\n\tlogallrefupdates = true\n\tcheckStat = minimal\n\ttrustctime = false\n", version)
	if c.get("core.filemode") == "" {
		b.WriteString("\tfilemode = true\n")
	}
	for _, s := range c.core {
		_, name, _ := strings.Cut(s[0], ".")
		fmt.Fprintf(b, "\t%s = %s\n", name, s[1])
	}
	if version == 1 {
		b.WriteString("[extensions]\n")
	}
	if p.sum == 32 {
		b.WriteString("\tobjectformat = sha256\n")
	}
	if c.promisor != "" {
		b.WriteString("\tpartialclone = origin\n")
	}
	section(b, "[user]", [][2]string{{"name", c.name}, {"email", c.email}})
	origin := [][2]string{{"url", withoutCredentials(c.origin)}}
	if origin[0][1] != "" {
		origin = append(origin, [2]string{"fetch", "+refs/heads/*:refs/remotes/origin/*"})
	}
	if c.promisor != "" {
		origin = append(origin, [2]string{"promisor", "true"})
	}
	section(b, `[remote "origin"]`, origin)
	return b.String()
}

// section writes the settings that have a value.
func section(b *strings.Builder, head string, settings [][2]string) {
	for _, s := range settings {
		if s[1] == "" {
			continue
		}
		if head != "" {
			b.WriteString(head + "\n")
			head = ""
		}
		fmt.Fprintf(b, "\t%s = %s\n", s[0], quote(s[1]))
	}
}

// quote writes any value so that git reads just that.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\b", `\b`).Replace(value) + `"`
}

// maxExclude bounds a file of patterns, in bytes.
const maxExclude = 1 << 20

// unwaiting opens a file to be read; a pipe in its place does not make it wait.
const unwaiting = os.O_RDONLY | syscall.O_NONBLOCK

// excludes gives what the guest's git is to ignore beside .gitignore files, as here: what the repository's own info/exclude and the user's
// file name. And which files a sparse checkout has. A repository's file that is a link out of its folder is not read.
func (p *Plan) excludes() (exclude, sparse string) {
	user := readBounded(os.OpenFile(p.configured.excludes, unwaiting, 0))
	root, err := os.OpenRoot(p.repository.common)
	if err != nil {
		return user, ""
	}
	defer root.Close()
	exclude = user + readBounded(root.OpenFile("info/exclude", unwaiting, 0))
	own, err := os.OpenRoot(p.repository.own)
	if err != nil || p.configured.get("core.sparsecheckout") != "true" {
		return exclude, ""
	}
	defer own.Close()
	return exclude, readBounded(own.OpenFile("info/sparse-checkout", unwaiting, 0))
}

// readBounded reads a file that may be missing, and ends it with a line's end.
func readBounded(f *os.File, err error) string {
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(f, maxExclude))
	if err != nil || len(text) == 0 {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n") + "\n"
}
