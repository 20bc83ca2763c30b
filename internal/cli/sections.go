package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// sections are the commands by what one wants to do, as help lists them.
var sections = []struct {
	title    string
	commands string // their paths
}{
	{"Run something", "run,vm run,vm exec,vm cp,vm create"},
	{"Repositories", "vm workspace prepare,vm workspace export"},
	{"Look", "ps,vm list,vm show,vm logs,vm stats,vm ports,vm health,net log,net check,operations"},
	{"Change", "vm start,vm stop,vm restart,vm pause,vm resume,vm kill,vm set,vm publish,vm unpublish,vm delete"},
	{"Save and multiply", "vm snapshot,vm restore,vm fork,snapshot list,snapshot show,snapshot delete"},
	{"Images and kernels", "image list,image build,image warm,image show,image delete,kernel list,kernel pull,kernel import,kernel show,kernel delete"},
	{"Housekeeping", "doctor,vm prune,system df,system prune,config show,config check,config path," +
		"dns status,dns install,dns uninstall," +
		"daemon status,daemon start,daemon stop,daemon logs,completion,version,help"},
}

// entry is a command in a list of help, with its path from the command whose help it is.
type entry struct{ section, path, short string }

// entries are the commands below cmd in the order of the sections; what stands in none comes last.
func entries(cmd *cobra.Command) (all []entry) {
	below := map[string]*cobra.Command{}
	leaves(cmd, cmd.CommandPath()+" ", below)
	prefix := strings.TrimPrefix(cmd.CommandPath()+" ", "banger ") // empty at the top
	for _, s := range sections {
		for full := range strings.SplitSeq(s.commands, ",") {
			path, ok := strings.CutPrefix(full, prefix)
			if sub := below[path]; ok && sub != nil {
				if !twice(cmd, path) {
					all = append(all, entry{s.title, path, sub.Short})
				}
				delete(below, path)
			}
		}
	}
	for _, sub := range cmd.Commands() {
		if below[sub.Name()] != nil {
			all = append(all, entry{"Commands", sub.Name(), sub.Short})
		}
	}
	return all
}

// twice reports whether a command stands at the top under a shorter path, too.
func twice(cmd *cobra.Command, path string) bool { return !cmd.HasParent() && path == "vm run" }

// leaves collects the commands below one that do something, by their path.
func leaves(cmd *cobra.Command, prefix string, into map[string]*cobra.Command) {
	for _, sub := range cmd.Commands() {
		switch {
		case sub.Hidden:
		case sub.HasSubCommands() && sub.Name() != "completion":
			leaves(sub, prefix, into)
		default:
			into[strings.TrimPrefix(sub.CommandPath(), prefix)] = sub
		}
	}
}
