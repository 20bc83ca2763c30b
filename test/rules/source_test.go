package rules

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A sourceRule returns where a file breaks it.
type sourceRule struct {
	name  string
	check func(file) []string
	// bad breaks the rule, good does not: the proof that the rule can fail.
	bad, good string
}

var productRules = []sourceRule{
	{
		name: "no cgo", check: func(f file) []string { return importsOf(f, "C") },
		bad: `import "C"`, good: `import "fmt"`,
	},
	{
		name: "no fixed sleeps", check: func(f file) []string { return selectorsOf(f, "time.Sleep") },
		bad: `func f() { time.Sleep(1) }`, good: `func f() { <-time.After(1) }`,
	},
	{
		name: "no shell strings", check: shellStrings,
		bad: `var _ = exec.Command("/bin/sh", "-c", "ls")`, good: `var _ = exec.Command("ls", "-c")`,
	},
	{
		name: "exported names have a comment", check: uncommented,
		bad: "type T struct{}\n// M does.\nfunc (T) M() {}\n", good: "// T is.\ntype T struct{}\n// M does.\nfunc (T) M() {}\nfunc (t) M() {}\n",
	},
	{
		name: "exported constants have a comment", check: uncommented,
		bad: "const A = 1\n", good: "const (\n\tA = 1 // the first\n)\n// The rest.\nconst (\n\tB = 2\n\tC = 3\n)\n",
	},
	{
		name: "a step that can be undone can be observed", check: unobserved,
		bad: "var _ = step.Step{Undo: f}\nvar _ = []step.Step{{Undo: f}}\n", good: "var _ = []step.Step{{Undo: f, Observe: g}, {Do: f}}\nvar _ = step.Step{Observe: g, Undo: f}\n",
	},
	{
		name: "files stay readable in one sitting", check: tooLong,
		bad: strings.Repeat("\n", maxLines+1), good: strings.Repeat("\n", maxLines-10),
	},
}

var testRules = []sourceRule{
	{
		name: "no skipped tests", check: func(f file) []string { return selectorsOf(f, "t.Skip", "t.Skipf", "t.SkipNow", "b.Skip") },
		bad: `func f(t *testing.T) { t.Skip() }`, good: `func f(t *testing.T) { t.Fatal() }`,
	},
}

// starters are the ways of starting a program, package by package.
var starters = []string{
	"os.StartProcess", "syscall.ForkExec", "syscall.StartProcess", "syscall.Exec", "syscall.RawSyscall",
	"unix.Exec", "syscall.SYS_CLONE", "unix.SYS_CLONE",
}

func startsPrograms(f file) []string {
	return append(importsOf(f, "os/exec"), selectorsOf(f, starters...)...)
}

func TestSourceRules(t *testing.T) {
	for _, p := range packages(t) {
		tests := parseAll(t, p, slices.Concat(p.TestGoFiles, p.XTestGoFiles))
		for _, rule := range testRules {
			report(t, rule, tests)
		}
		if !p.product() {
			continue
		}
		files := parseAll(t, p, slices.Concat(p.GoFiles, p.CgoFiles))
		for _, rule := range productRules {
			report(t, rule, files)
		}
	}
}

func report(t *testing.T, rule sourceRule, files []file) {
	t.Helper()
	for _, f := range files {
		for _, where := range rule.check(f) {
			t.Errorf("%s: %s", rule.name, where)
		}
	}
}

func TestSourceRulesCanFail(t *testing.T) {
	for _, rule := range slices.Concat(productRules, testRules) {
		t.Run(rule.name, func(t *testing.T) {
			if got := rule.check(parse(t, "bad.go", "package p\n"+rule.bad)); len(got) == 0 {
				t.Errorf("not found in:\n%s", rule.bad)
			}
			if got := rule.check(parse(t, "good.go", "package p\n"+rule.good)); len(got) != 0 {
				t.Errorf("wrongly found %v in:\n%s", got, rule.good)
			}
		})
	}
}

func TestOnlyListedRoomsStartPrograms(t *testing.T) {
	layers := layerTable(t)
	starting := map[string]bool{}
	for _, p := range packages(t) {
		if !p.product() {
			continue
		}
		for _, f := range parseAll(t, p, p.GoFiles) {
			for _, where := range startsPrograms(f) {
				starting[p.room()] = true
				if !layers[p.room()].starts {
					t.Errorf("%s starts programs, which the layer table does not allow %s", where, p.room())
				}
			}
		}
	}
	for room, row := range layers {
		if row.starts && !starting[room] {
			t.Errorf("the layer table says that %s starts programs, and it starts none", room)
		}
	}
	for _, bad := range []string{"import \"os/exec\"", "func f() { os.StartProcess(``, nil, nil) }", "func f() { syscall.ForkExec(``, nil, nil) }"} {
		if len(startsPrograms(parse(t, "bad.go", "package p\n"+bad))) == 0 {
			t.Errorf("not seen as starting a program: %s", bad)
		}
	}
}

func TestEveryPackageReadsAsAManual(t *testing.T) {
	forbidden := []string{"util", "utils", "helper", "helpers", "common", "misc", "manager"}
	for _, p := range packages(t) {
		if slices.Contains(forbidden, p.Name) {
			t.Errorf("%s: a package is named for what it is, not %q", p.room(), p.Name)
		}
		if p.Name == "main" {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.Dir, "doc.go")); err != nil {
			t.Errorf("%s has no doc.go", p.room())
			continue
		}
		doc := parseAll(t, p, []string{"doc.go"})[0].ast.Doc
		if doc == nil || !strings.HasPrefix(doc.Text(), "Package "+p.Name+" ") {
			t.Errorf("%s/doc.go does not begin with \"Package %s ...\"", p.room(), p.Name)
		}
	}
}

const maxLines = 450

func tooLong(f file) []string {
	if lines := f.fset.File(f.ast.FileStart).LineCount(); lines > maxLines {
		return []string{f.path + " has " + itoa(lines) + " lines, more than " + itoa(maxLines)}
	}
	return nil
}

func importsOf(f file, path string) []string {
	var found []string
	for _, spec := range f.ast.Imports {
		if spec.Path.Value == strconv.Quote(path) {
			found = append(found, f.at(spec.Pos())+" imports "+path)
		}
	}
	return found
}

// selectorsOf finds mentions of package-qualified names such as time.Sleep.
func selectorsOf(f file, names ...string) []string {
	var found []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if name := selector(n); slices.Contains(names, name) {
			found = append(found, f.at(n.Pos())+" uses "+name)
		}
		return true
	})
	return found
}

func selector(n ast.Node) string {
	if sel, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

// shellStrings finds exec.Command calls that hand a string to a shell.
func shellStrings(f file) []string {
	var found []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !slices.Contains([]string{"exec.Command", "exec.CommandContext"}, selector(call.Fun)) {
			return true
		}
		var words []string
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				word, _ := strconv.Unquote(lit.Value)
				words = append(words, filepath.Base(word))
			}
		}
		shell := slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"sh", "bash", "dash", "ash"}, w) })
		if shell && slices.Contains(words, "-c") {
			found = append(found, f.at(call.Pos())+" starts a shell with -c")
		}
		return true
	})
	return found
}
