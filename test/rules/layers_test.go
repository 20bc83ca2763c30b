package rules

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layer is one row of the table in docs/architecture.md.
type layer struct {
	room   string   // "internal/store"
	knows  []string // rooms it may import
	starts bool     // it may start programs
}

// readLayers reads the table between the two markers. A name without a slash and
// not at the top of the module stands for the room of that name under internal/.
func readLayers(t *testing.T, doc string) map[string]layer {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "<!-- layers -->")
	table, _, closed := strings.Cut(rest, "<!-- /layers -->")
	if !ok || !closed {
		t.Fatal("docs/architecture.md has no table between <!-- layers --> and <!-- /layers -->")
	}
	layers := map[string]layer{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		row := layer{starts: strings.TrimSpace(cells[3]) != ""}
		for _, name := range strings.Fields(strings.ReplaceAll(cells[2], "`", "")) {
			row.knows = append(row.knows, roomOf(name))
		}
		for _, name := range strings.Fields(strings.ReplaceAll(cells[1], "`", "")) {
			row.room = roomOf(name)
			if _, twice := layers[row.room]; twice {
				t.Fatalf("%s stands twice in the layer table", row.room)
			}
			layers[row.room] = row
		}
	}
	return layers
}

func roomOf(name string) string {
	switch top, _, _ := strings.Cut(name, "/"); top {
	case "cmd", "api", "client":
		return name
	}
	return path.Join("internal", name)
}

func layerTable(t *testing.T) map[string]layer {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(root(t), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	return readLayers(t, string(doc))
}

// importBreaches lists the imports of ours that the table does not allow.
func importBreaches(layers map[string]layer, p pkg) []string {
	row, ok := layers[p.room()]
	if !ok {
		return []string{p.room() + " is not in the layer table of docs/architecture.md"}
	}
	var breaches []string
	for _, imported := range p.Imports {
		name, ours := strings.CutPrefix(imported, module+"/")
		if ours && !slices.Contains(row.knows, name) {
			breaches = append(breaches, p.room()+" imports "+name)
		}
	}
	return breaches
}

func TestImportsFollowTheLayers(t *testing.T) {
	layers := layerTable(t)
	exists := map[string]bool{}
	for _, p := range packages(t) {
		exists[p.room()] = true
		if !p.product() {
			continue
		}
		for _, breach := range importBreaches(layers, p) {
			t.Error(breach)
		}
	}
	for room, row := range layers {
		for _, name := range append([]string{room}, row.knows...) {
			if !exists[name] {
				t.Errorf("the layer table names %s, which does not exist", name)
			}
		}
	}
}

func TestImportBreachesAreFound(t *testing.T) {
	layers := readLayers(t, "<!-- layers -->\n| room | knows | starts |\n|---|---|---|\n"+
		"| `api` `model` | | |\n| `store` | `model` | |\n| `disk` | | mke2fs |\n<!-- /layers -->")
	store := pkg{ImportPath: "banger/internal/store", Imports: []string{"fmt", "banger/internal/model"}}
	if got := importBreaches(layers, store); len(got) != 0 {
		t.Errorf("an allowed import was refused: %v", got)
	}
	store.Imports = append(store.Imports, "banger/internal/disk")
	if got := importBreaches(layers, store); len(got) != 1 {
		t.Errorf("store importing disk: got %v, want one breach", got)
	}
	if got := importBreaches(layers, pkg{ImportPath: "banger/internal/new"}); len(got) != 1 {
		t.Errorf("a room outside the table: got %v, want one breach", got)
	}
	if !layers["internal/disk"].starts || layers["internal/store"].starts {
		t.Error("the third column does not say who starts programs")
	}
}

// TestCommandLineStaysLight keeps what is slow to start out of cmd/banger.
func TestCommandLineStaysLight(t *testing.T) {
	deps := strings.Fields(run(t, "go", "list", "-deps", "./cmd/banger"))
	if !slices.Contains(deps, "github.com/spf13/cobra") {
		t.Fatal("cmd/banger's dependencies were not listed")
	}
	heavy := []string{"modernc.org/sqlite", "github.com/danielgtaylor/huma", "github.com/Microsoft", "gvisor.dev", "testing"}
	for _, dep := range deps {
		for _, prefix := range heavy {
			if dep == prefix || strings.HasPrefix(dep, prefix+"/") {
				t.Errorf("cmd/banger depends on %s, which belongs to the daemon", dep)
			}
		}
	}
}

// TestNetworkStaysLight keeps gopacket out of what every shim is: its initialisation takes 21 ms and 9.5 MB.
func TestNetworkStaysLight(t *testing.T) {
	deps := strings.Fields(run(t, "go", "list", "-deps", "./internal/network/..."))
	if !slices.Contains(deps, "gvisor.dev/gvisor/pkg/tcpip/stack") {
		t.Fatal("the network's dependencies were not listed")
	}
	for _, dep := range deps {
		if strings.Contains(dep, "gopacket") || strings.Contains(dep, "gvisor-tap-vsock") {
			t.Errorf("the network depends on %s", dep)
		}
	}
}
