package resolved

import (
	"io/fs"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// setting is a value with the file that it comes from.
type setting struct{ value, file string }

// configured is what resolved's configuration says without banger's drop-in, in the order of resolved.conf(5): the first of the main files, then the
// drop-ins by their names, of which one hides those of the same name in later folders. Of a list, what stands first is kept; of others, what stands last.
func (h *Host) configured() map[string]setting {
	folders := []string{"etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd"}
	settings := map[string]setting{}
	for _, dir := range folders {
		if text, err := h.read(dir + "/resolved.conf"); err == nil {
			take(settings, dir+"/resolved.conf", string(text))
			break
		}
	}
	dropIns := map[string]string{} // paths by names
	for _, dir := range slices.Backward(folders) {
		entries, _ := fs.ReadDir(h.root.FS(), dir+"/resolved.conf.d") // most are not there
		for _, e := range entries {
			dropIns[e.Name()] = path.Join(dir, "resolved.conf.d", e.Name())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dropIns)) {
		if text, err := h.read(dropIns[name]); err == nil && strings.HasSuffix(name, ".conf") && !own(dropIns[name]) {
			take(settings, dropIns[name], string(text))
		}
	}
	return settings
}

func own(name string) bool {
	return slices.ContainsFunc(Files(netip.AddrPort{}), func(f File) bool { return f.name() == name })
}

// take adds what a file says in its section Resolve.
func take(settings map[string]setting, file, text string) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || section != "[Resolve]" || strings.HasPrefix(key, "#") || strings.HasPrefix(key, ";") {
			continue
		}
		list := key == "DNS" || key == "Domains"
		if !list || settings[key].value == "" || value == "" { // an empty one takes back what stood before
			settings[key] = setting{value, "/" + file}
		}
	}
}
