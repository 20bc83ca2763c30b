package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"banger/internal/config"
)

// flagsElsewhere is what other programs call a flag.
var flagsElsewhere = map[string]string{
	"mem": "memory", "ram": "memory", "m": "memory", "cpus": "vcpu", "cpu": "vcpu", "vcpus": "vcpu", "disk": "disk-size", "storage": "disk-size",
	"hostname": "name", "n": "name", "cwd": "workdir", "chdir": "workdir", "background": "detach", "yes": "force", "y": "force", "t": "timeout", "network": "net", "P": "expose", "publish-all": "expose", "port": "publish",
}

const (
	noSharing = "banger shares no folder with a VM; banger run PATH puts a repository into it, and banger vm cp copies files into it and out of it"
	noAddress = "a VM's address and its resolver are banger's choice; --net says what it may reach"
	noLimits  = "it is not needed: the command is root of a machine of its own"
)

// lacking is why a flag that other programs have for their machines is none here.
var lacking = map[string]string{
	"v": noSharing, "volume": noSharing, "volumes": noSharing, "mount": noSharing, "tmpfs": noSharing,
	"dns": noAddress, "ip": noAddress,
	"privileged": noLimits, "cap-add": noLimits, "cap-drop": noLimits, "security-opt": noLimits, "device": noLimits,
	"gpus": "a VM has no graphics processor", "entrypoint": "what is to run goes after --: banger run -- CMD",
	"restart":  "a VM is started by banger vm start alone",
	"platform": "a VM is of the host's own kind, x86-64", "arch": "a VM is of the host's own kind, x86-64",
	"engine": "BANGER_ENGINE in the environment, or engine in the configuration, says which", "vm-type": "BANGER_ENGINE in the environment says which engine",
}

// flagError explains a flag that does not exist, or has a value that cannot be.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	args := cmd.Flags().Args()
	_, guest := cmd.Annotations[guestStatus]
	switch {
	case cmd.HasSubCommands() && len(args) > 0:
		return a.unknownCommand(cmd, args[0])
	case cmd.Name() == "run" && len(args) > 0:
		return a.strayArgument(cmd, args)
	case guest && len(args) > 1:
		return a.swallowed(cmd, args)
	}
	wrong := usage("%v", err)
	if hint := meantFlag(cmd, unknown.GetSpecifiedName()); hint != "" {
		wrong.hint("%s", hint)
	}
	return wrong
}

func meantFlag(cmd *cobra.Command, name string) string {
	var all []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { all = append(all, flag.Name) })
	near := flagsElsewhere[name]
	if !slices.Contains(all, near) {
		near = config.Nearest(name, all)
	}
	_, guest := cmd.Annotations[guestStatus]
	switch {
	case lacking[name] != "" && (guest || slices.Contains(all, "image")):
		return lacking[name]
	case len(name) > 1 && near != "" || flagsElsewhere[name] == near && near != "":
		return "did you mean --" + near + "?"
	case !cmd.HasParent() && strings.EqualFold(name, "v"):
		return "did you mean banger version?"
	}
	return ""
}
