package doctor

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryCodeIsDocumented: docs/doctor.md has the codes of the checks, in their order, and no other.
func TestEveryCodeIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/doctor.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(doc), "<!-- codes -->")
	table, _, ok := strings.Cut(rest, "<!-- /codes -->")
	if !ok {
		t.Fatal("docs/doctor.md has no table between <!-- codes --> and <!-- /codes -->")
	}
	var codes, documented []string
	for _, c := range slices.Concat(hostChecks, ownChecks) {
		codes = append(codes, c.code)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|(.*)\\|$").FindAllStringSubmatch(table, -1) {
		documented = append(documented, row[1])
		cells := strings.Split(row[2], "|")
		if len(cells) != 4 || strings.TrimSpace(cells[0]) == "" || strings.TrimSpace(cells[1]+cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s: the row lacks what is looked at, what is amiss, or the remedy", row[1])
		}
	}
	if !slices.Equal(codes, documented) {
		t.Errorf("the checks are\n%v\nand docs/doctor.md has\n%v", codes, documented)
	}
}
