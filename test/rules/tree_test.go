package rules

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "banger"

// pkg is what go list tells about a package of ours.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	GoFiles      []string
	CgoFiles     []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
}

// room is the package's path inside the module: "internal/store".
func (p pkg) room() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// product reports whether the package is part of what is shipped.
func (p pkg) product() bool {
	return !strings.HasPrefix(p.room(), "test/") && !strings.HasSuffix(p.Name, "test")
}

// file is one parsed Go file.
type file struct {
	path string // inside the module
	fset *token.FileSet
	ast  *ast.File
}

func (f file) at(pos token.Pos) string {
	p := f.fset.Position(pos)
	return f.path + ":" + itoa(p.Line)
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, exit.Stderr)
		}
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func packages(t *testing.T) []pkg {
	t.Helper()
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(run(t, "go", "list", "-e", "-json", "./..."))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages; the rules would check nothing", len(all))
	}
	return all
}

func parse(t *testing.T, path string, src any) file {
	t.Helper()
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file{path: path, fset: fset, ast: tree}
}

func parseAll(t *testing.T, p pkg, names []string) []file {
	t.Helper()
	var files []file
	for _, name := range names {
		src, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parse(t, filepath.Join(p.room(), name), src))
	}
	return files
}
