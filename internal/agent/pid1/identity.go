package pid1

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"

	"banger/internal/guestlink"
)

const (
	// systemConfig is git's for all users.
	systemConfig = "/etc/gitconfig"
	// identityFile is the part of it that the host says.
	identityFile = runDir + "/gitconfig"
)

// includeIdentity makes a configuration of git's begin with the host's part, so that whatever else says who somebody is wins. It is done while
// the guest boots: a fork finds it done. Whoever edits the file edits an ordinary one.
func includeIdentity(config, part string) error {
	include := []byte("[include]\n\tpath = " + part + "\n")
	own, err := os.ReadFile(config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || bytes.Contains(own, include) {
		return err
	}
	temp := config + ".banger"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(include, own...))
	if len(own) > 0 { // what is only ours is made again if it is lost
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, config)
}

// gitQuoted escapes a value that stands between quotes in a configuration of git's.
var gitQuoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// writeIdentity writes the host's part of git's configuration.
func writeIdentity(part string, who guestlink.Identity) error {
	var text strings.Builder
	text.WriteString("[user]\n")
	for _, value := range [][2]string{{"name", who.Name}, {"email", who.Email}} {
		if value[1] != "" {
			text.WriteString("\t" + value[0] + ` = "` + gitQuoted.Replace(value[1]) + "\"\n")
		}
	}
	return os.WriteFile(part, []byte(text.String()), 0o644)
}
