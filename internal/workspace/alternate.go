package workspace

import "strings"

// alternate is a folder as the list of alternates has it, where colons separate.
func alternate(dir string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(dir) + `"`
}
