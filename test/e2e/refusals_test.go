package e2e

import (
	"testing"

	"banger/api"
)

// TestRunRefusesBeforeAnythingIsMade is the table of mistakes that can be seen
// beforehand: exit 125, a word on what is wrong, and no VM afterwards.
func TestRunRefusesBeforeAnythingIsMade(t *testing.T) {
	guest(t) // a name that is taken
	count := len(vms(t))
	for name, c := range map[string]struct{ args, words []string }{
		"unknown flag":          {[]string{"--no-such-flag"}, []string{"no-such-flag"}},
		"detached and rm":       {[]string{"-d", "--rm", "--", "true"}, []string{"-d", "--rm"}},
		"unknown image":         {[]string{"--image", "no-such-image", "--", "true"}, []string{"no-such-image", "image list"}},
		"name taken":            {[]string{"--name", "shared-guest", "--", "true"}, []string{"shared-guest"}},
		"name too long":         {[]string{"--name", "a23456789-123456789-123456789-123456789-123456789-123456789-1234", "--", "true"}, []string{"63"}},
		"name with capitals":    {[]string{"--name", "Web", "--", "true"}, []string{"Web"}},
		"name with a hyphen":    {[]string{"--name", "-web", "--", "true"}, []string{"web"}},
		"name ends in hyphen":   {[]string{"--name", "web-", "--", "true"}, []string{"web-"}},
		"name with kernel args": {[]string{"--name", "a init=/bin/sh", "--", "true"}, []string{"init=/bin/sh"}},
		"no vcpu":               {[]string{"--vcpu", "0", "--", "true"}, []string{"vcpu"}},
		"negative vcpu":         {[]string{"--vcpu", "-1", "--", "true"}, []string{"vcpu"}},
		"too many vcpus":        {[]string{"--vcpu", "100000", "--", "true"}, []string{"vcpu"}},
		"vcpu no number":        {[]string{"--vcpu", "two", "--", "true"}, []string{"vcpu"}},
		"no memory":             {[]string{"--memory", "0", "--", "true"}, []string{"memory"}},
		"negative memory":       {[]string{"--memory", "-512M", "--", "true"}, []string{"memory"}},
		"memory of the world":   {[]string{"--memory", "4000000G", "--", "true"}, []string{"memory"}},
		"memory no size":        {[]string{"--memory", "much", "--", "true"}, []string{"much"}},
		"odd unit":              {[]string{"--disk-size", "4X", "--", "true"}, []string{"4X"}},
		"no disk":               {[]string{"--disk-size", "0", "--", "true"}, []string{"disk"}},
		"disk over the limit":   {[]string{"--disk-size", "129G", "--", "true"}, []string{"128"}},
		"system over the limit": {[]string{"--system-size", "129GiB", "--", "true"}, []string{"128"}},
		"overflowing size":      {[]string{"--disk-size", "99999999999999999999G", "--", "true"}, []string{"99999999999999999999G"}},
		"bad timeout":           {[]string{"--timeout", "soon", "--", "true"}, []string{"soon"}},
		"bad environment":       {[]string{"-e", "=x", "--", "true"}, []string{"=x"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, world.host, 125, c.words, append([]string{"vm", "run"}, c.args...)...)
		})
	}
	if got := len(vms(t)); got != count {
		t.Errorf("%d VMs afterwards, %d before", got, count)
	}
}

// TestOtherCommandsRefuse: 2 is wrong usage, 1 is a failure.
func TestOtherCommandsRefuse(t *testing.T) {
	name := guest(t)
	for what, c := range map[string]struct {
		code        int
		words, args []string
	}{
		"unknown command":        {2, []string{"no-such-command"}, []string{"no-such-command"}},
		"unknown subcommand":     {2, []string{"no-such"}, []string{"vm", "no-such"}},
		"unknown flag":           {2, []string{"--nope"}, []string{"vm", "list", "--nope"}},
		"stop without a name":    {2, nil, []string{"vm", "stop"}},
		"show without a name":    {2, nil, []string{"vm", "show"}},
		"show unknown":           {1, []string{"no-such-vm", "vm list"}, []string{"vm", "show", "no-such-vm"}},
		"start unknown":          {1, []string{"no-such-vm"}, []string{"vm", "start", "no-such-vm"}},
		"stop unknown":           {1, []string{"no-such-vm"}, []string{"vm", "stop", "no-such-vm"}},
		"kill unknown":           {1, []string{"no-such-vm"}, []string{"vm", "kill", "no-such-vm"}},
		"delete unknown":         {1, []string{"no-such-vm"}, []string{"vm", "delete", "no-such-vm"}},
		"logs unknown":           {1, []string{"no-such-vm"}, []string{"vm", "logs", "no-such-vm"}},
		"exec unknown":           {125, []string{"no-such-vm"}, []string{"vm", "exec", "no-such-vm", "--", "true"}},
		"exec without a command": {125, nil, []string{"vm", "exec", name}},
		"exec malformed":         {125, nil, []string{"vm", "exec", "../etc", "--", "true"}},
		"create taken":           {1, []string{name}, []string{"vm", "create", "--name", name}},
		"create bad size":        {2, []string{"disk"}, []string{"vm", "create", "--disk-size", "-1G"}},
		"delete a running one":   {1, []string{"-f"}, []string{"vm", "delete", name}},
		"kill, odd signal":       {2, []string{"NOPE"}, []string{"vm", "kill", "--signal", "NOPE", name}},
		"image unknown":          {1, []string{"no-such-image"}, []string{"image", "show", "no-such-image"}},
		"delete image unknown":   {1, []string{"no-such-image"}, []string{"image", "delete", "no-such-image"}},
		"delete image in use":    {1, []string{name}, []string{"image", "delete", "debian-bookworm"}},
		"build, malformed name":  {2, []string{"../x"}, []string{"image", "build", "../x"}},
		"build, malformed suite": {2, []string{"book worm"}, []string{"image", "build", "x", "--suite", "book worm"}},
		"kernel unknown":         {1, []string{"no-such-kernel"}, []string{"kernel", "show", "no-such-kernel"}},
		"delete kernel unknown":  {1, []string{"no-such-kernel"}, []string{"kernel", "delete", "no-such-kernel"}},
		"import from nowhere":    {1, []string{"/no/such/file"}, []string{"kernel", "import", "k", "--from", "/no/such/file"}},
		"import no kernel":       {1, []string{"/etc/passwd"}, []string{"kernel", "import", "k", "--from", "/etc/passwd"}},
		"import without source":  {2, []string{"from"}, []string{"kernel", "import", "k"}},
	} {
		t.Run(what, func(t *testing.T) { refused(t, world.host, c.code, c.words, c.args...) })
	}
	if vm := mustJSON[api.VM](t, world.host, "vm", "show", name); vm.State != "running" {
		t.Errorf("%s is %q after all that", name, vm.State)
	}
}
