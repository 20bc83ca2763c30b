package cli

import (
	"maps"
	"path"
	"slices"
	"strings"

	"banger/api"
)

// filters are patterns by key; a VM fits when each key has one that matches.
type filters map[string][]string

var filterFields = map[string]func(api.VM) string{
	"name":   func(vm api.VM) string { return vm.Name },
	"state":  func(vm api.VM) string { return vm.State },
	"image":  func(vm api.VM) string { return vm.Image },
	"kernel": func(vm api.VM) string { return vm.Kernel },
	"engine": func(vm api.VM) string { return vm.Engine },
}

func filterKeys() []string { return slices.Sorted(maps.Keys(filterFields)) }

func parseFilters(texts []string) (filters, error) {
	f := filters{}
	for _, text := range texts {
		key, pattern, ok := strings.Cut(text, "=")
		if _, err := path.Match(pattern, ""); !ok || filterFields[key] == nil || err != nil {
			return nil, usage("--filter %q cannot be used", text).
				hint("write KEY=PATTERN, where KEY is one of %s", strings.Join(filterKeys(), ", "))
		}
		f[key] = append(f[key], pattern)
	}
	return f, nil
}

func (f filters) match(vm api.VM) bool {
	for key, patterns := range f {
		value := filterFields[key](vm)
		if !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, value); return ok }) {
			return false
		}
	}
	return true
}
