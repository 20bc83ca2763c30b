package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"banger/internal/network/policy"
)

// netFlag is what a VM may reach, in the one line that the daemon takes.
type netFlag struct{ policy string }

// netWords are what --net can begin with.
var netWords = []string{"internet", "none", "host-ports=", "allow="}

func (f *netFlag) addFlag(cmd *cobra.Command) {
	cmd.Flags().Var(f, "net", "what it may reach: internet, none, host-ports=PORT, allow=NAME, or a file of rules")
	completeFlag(cmd, "net", cobra.FixedCompletions(netWords, cobra.ShellCompDirectiveNoSpace)) // or else a file
}

// String satisfies pflag.Value.
func (f *netFlag) String() string { return f.policy }

// Type satisfies pflag.Value.
func (f *netFlag) Type() string { return "POLICY" }

// Set satisfies pflag.Value. What looks like a path is one.
func (f *netFlag) Set(text string) error {
	p, err := readPolicy(text)
	if err == nil {
		f.policy = p.String()
	}
	return err
}

func readPolicy(text string) (policy.Policy, error) {
	word, _, _ := strings.Cut(text, "=")
	if !strings.HasSuffix(text, ".toml") && !strings.Contains(word, "/") {
		return policy.Parse(text)
	}
	file, err := os.Open(text)
	if err != nil {
		return policy.Policy{}, err
	}
	defer file.Close()
	return policy.ParseFile(file)
}
