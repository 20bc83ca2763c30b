package tree

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

var (
	errForm = errors.New("it is no plain relative path")
	errOut  = errors.New("it leads out of the tree, or may")
	errGit  = errors.New("it is, or could be taken for, git's own folder")
	errMods = errors.New("it could be taken for git's list of submodules, and is a link")
)

// CheckPath refuses a path that must not be written: one that is absolute, has an empty part, "." or "..", or has
// ".git" in a spelling that some file system takes for it. Those are git's own rules (verify_path): letter case and what HFS+
// ignores, NTFS' short name, trailing dots and spaces, streams, and its second separator.
func CheckPath(path string) error {
	if path == "" || len(path) > MaxPath || strings.ContainsRune(path, 0) {
		return errForm
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return errForm
		}
		for name := range strings.SplitSeq(part, `\`) {
			if isGit(name) {
				return errGit
			}
		}
	}
	return nil
}

func isGit(name string) bool {
	name = spelling(name)
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// isModules is for links only: git refuses one in the place of .gitmodules, which it reads.
func isModules(name string) bool {
	name = strings.ToLower(spelling(name))
	short, number, _ := strings.Cut(name, "~") // NTFS' short name, or what it falls back to
	return name == ".gitmodules" || number != "" && (strings.HasPrefix("gitmod", short) || strings.HasPrefix("gi7eba", short))
}

// spelling is name without what some file system does not see in it. HFS+ has a name end, as far as git
// is concerned, where it is no UTF-8.
func spelling(name string) string {
	name, _, _ = strings.Cut(name, ":") // a stream of NTFS
	name, _, _ = strings.Cut(strings.Map(visible, name), string(unicode.ReplacementChar))
	return strings.TrimRight(name, ". ")
}

// visible drops what HFS+ ignores in a name, and formatting characters at large.
func visible(r rune) rune {
	switch {
	case unicode.Is(unicode.Cf, r):
		return -1
	case r == 0xfffe || r == 0xffff: // no characters, so no UTF-8 to git
		return unicode.ReplacementChar
	}
	return r
}

func separator(r rune) bool { return r == '/' || r == '\\' }

// CheckLink refuses a link at path whose target leaves the tree or leads into git's own folder, and one that git refuses for its place. path has passed CheckPath. A
// ".." after a name is refused too: the name can be another link, and then nobody knows where that leads. So no chain
// of links that have passed leads out.
func CheckLink(path, target string) error {
	if target == "" || strings.HasPrefix(target, "/") || strings.ContainsRune(target, 0) {
		return errOut
	}
	if slices.ContainsFunc(strings.FieldsFunc(path, separator), isModules) {
		return errMods
	}
	up, named := 0, false
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == "" || part == ".":
		case part == ".." && named:
			return errOut
		case part == "..":
			up++
		case isGit(part):
			return errGit
		default:
			named = true
		}
	}
	if up > strings.Count(path, "/") {
		return errOut
	}
	return nil
}
