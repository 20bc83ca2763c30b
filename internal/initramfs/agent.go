package initramfs

import (
	"embed"
	"errors"
	"io/fs"
	"sync"

	"banger/internal/problem"
)

//go:embed agent
var built embed.FS

// Agent gives the agent's executable, the same slice each time, which nobody may
// change. A build made without one gives a problem.Unavailable.
func Agent() ([]byte, error) { return agent() }

var agent = sync.OnceValues(func() ([]byte, error) { return read(built) })

func read(build fs.FS) ([]byte, error) {
	b, err := fs.ReadFile(build, "agent/banger-agent")
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return nil, problem.New(problem.Unavailable, "this build carries no agent").
			WithRemedy("run `make build`")
	}
	return b, err
}
