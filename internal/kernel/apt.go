package kernel

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"banger/internal/aptsource"
	"banger/internal/problem"
	"banger/internal/progress"
)

// aptTools are the paths of apt's programs.
type aptTools struct{ get, cache string }

func findApt() (aptTools, error) {
	get, err := find("apt-get", "apt")
	if err != nil {
		return aptTools{}, err
	}
	cache, err := find("apt-cache", "apt")
	return aptTools{get, cache}, err
}

// aptState is a state of apt's of our own: lists, cache and sources in one folder. The
// host's configuration, proxies and keys stay in force.
type aptState struct {
	aptTools
	dir string
}

// aptConf drops what the host wants done after its own apt has fetched lists, and
// makes a list that cannot be fetched an error.
const aptConf = `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`

func newAptState(tools aptTools, dir string, sources []aptsource.Source) (aptState, error) {
	var lines strings.Builder
	for _, s := range sources {
		fmt.Fprintln(&lines, onlyPackages(s))
	}
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return aptState{}, err
		}
	}
	for file, text := range map[string]string{"apt.conf": aptConf, "sources.list": lines.String(), "status": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return aptState{}, err
		}
	}
	return aptState{tools, dir}, nil
}

// onlyPackages leaves out what hosts with a desktop fetch beside the list of packages.
func onlyPackages(s aptsource.Source) aptsource.Source {
	options := []aptsource.Option{{Name: "target", Value: "Packages"}}
	for _, o := range s.Options {
		if o.Name != "target" {
			options = append(options, o)
		}
	}
	s.Options = options
	return s
}

func (a aptState) program(ctx context.Context, path string, args ...string) *exec.Cmd {
	in := func(name string) string { return filepath.Join(a.dir, name) }
	options := []string{
		"-q", "-c", in("apt.conf"), "-o", "Dir::State=" + in("state"), "-o", "Dir::State::status=" + in("status"),
		"-o", "Dir::Cache=" + in("cache"), "-o", "Dir::Etc::sourcelist=" + in("sources.list"), "-o", "Dir::Etc::sourceparts=/dev/null",
	}
	cmd := program(ctx, path, append(options, args...)...)
	cmd.Dir = in("debs")
	return cmd
}

// records fetches the package lists and gives the named package's records, newest first.
func (a aptState) records(ctx context.Context, name string, sink progress.Sink) ([]string, error) {
	sink.Phase("read the package lists")
	if _, err := run(ctx, a.program(ctx, a.get, "update")); err != nil {
		return nil, problem.New(problem.Unavailable, "the archive's package lists cannot be fetched: %w", err).
			WithRemedy("see whether `apt-get update` works on this host, and its network")
	}
	text, err := run(ctx, a.program(ctx, a.cache, "show", "--all-versions", name))
	if err != nil {
		return nil, problem.New(problem.Unavailable, "the archive has no package %s: %w", name, err)
	}
	return strings.Split(strings.TrimSpace(text), "\n\n"), nil
}

// fetch downloads the package that the newest version of the named meta package depends on, checked by
// apt against the archive's signature, and gives its file and name.
func (a aptState) fetch(ctx context.Context, meta string, sink progress.Sink) (deb, pkg string, err error) {
	records, err := a.records(ctx, meta, sink)
	if err != nil {
		return "", "", err
	}
	if pkg = kernelPackage(records[0]); pkg == "" {
		return "", "", fmt.Errorf("the package %s names no kernel", meta)
	}
	if err := a.download(ctx, pkg, sink); err != nil {
		return "", "", problem.New(problem.Unavailable, "the package %s cannot be fetched: %w", pkg, err)
	}
	debs, err := filepath.Glob(filepath.Join(a.dir, "debs", "*.deb"))
	if err != nil || len(debs) != 1 {
		return "", "", fmt.Errorf("apt-get left %d packages where one was expected: %w", len(debs), err)
	}
	return debs[0], pkg, nil
}

var kernelDependency = regexp.MustCompile(`(?m)^Depends: (?:.*, )?(linux-image-[0-9][0-9a-z.+-]*)`)

// kernelPackage is the kernel that a meta package's record depends on.
func kernelPackage(record string) string {
	if m := kernelDependency.FindStringSubmatch(record); m != nil {
		return m[1]
	}
	return ""
}
