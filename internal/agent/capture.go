package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"banger/internal/guestlink"
)

// captureGrace is how long the rest of a command's output may take when it has ended. Nobody else is to have it open.
const captureGrace = 10 * time.Second

// output runs a command that must end with 0, within limit and before ctx, and gives what it writes, which must not be more than the
// names of a list may have. What it complains of is dropped.
func (a *Agent) output(ctx context.Context, limit time.Duration, x guestlink.Exec) (string, error) {
	p, s, err := a.launch(&x)
	if err != nil {
		return "", err
	}
	a.commands.Add(1)
	defer a.commands.Add(-1)
	defer s.close()
	var out bytes.Buffer
	var outputs sync.WaitGroup
	var readErr error
	outputs.Go(func() {
		_, readErr = io.Copy(&out, io.LimitReader(s.out, maxNameBytes+1))
		io.Copy(io.Discard, s.out)
	})
	outputs.Go(func() { io.Copy(io.Discard, s.err) })
	exit := p.await(ctx.Done(), limit)
	s.limitOutput(time.Now().Add(captureGrace))
	outputs.Wait()
	switch {
	case readErr != nil:
		return "", readErr
	case out.Len() > maxNameBytes:
		return "", errors.New("it wrote too much")
	case exit.Status() != 0:
		return "", fmt.Errorf("it ended with %d", exit.Status())
	}
	return out.String(), nil
}
