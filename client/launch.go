package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"banger/api"
	"banger/internal/paths"
	"banger/internal/problem"
)

func openLog(path string) (*os.File, error) {
	if err := paths.Secure(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the daemon's log: %w", err)
	}
	return f, nil
}

// environment is this process's own, except that the daemon uses the same folders whatever its
// current one is.
func environment(p paths.Paths) []string {
	env := append(os.Environ(), "BANGER_STATE_DIR="+p.State, "BANGER_CACHE_DIR="+p.Cache, "BANGER_RUNTIME_DIR="+p.Runtime)
	if p.Config != "" {
		env = append(env, "BANGER_CONFIG="+p.Config)
	}
	return env
}

// launch starts program as a process that outlives this one and waits for its word.
func launch(ctx context.Context, program string, env []string, output *os.File) error {
	begin, err := output.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	word, speak, err := os.Pipe()
	if err != nil {
		return err
	}
	defer word.Close()
	cmd := exec.Command(program, "--ready-fd", "3")
	cmd.Env, cmd.Dir = env, "/"
	cmd.Stdout, cmd.Stderr = output, output
	cmd.ExtraFiles = []*os.File{speak}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	speak.Close()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { word.SetReadDeadline(time.Unix(1, 0)) })()
	line, err := bufio.NewReader(io.LimitReader(word, 1<<20)).ReadBytes('\n')
	if err == nil && line[0] != '{' {
		return cmd.Process.Release()
	}
	defer context.AfterFunc(ctx, func() { cmd.Process.Kill() })()
	cmd.Wait() // it has failed, so it is on its way out
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return failure(line, output, begin)
}

// failure is what a daemon that did not come up says of it: in its word, else in its log from begin on.
func failure(word []byte, output *os.File, begin int64) error {
	var p api.Problem
	if json.Unmarshal(word, &p) == nil && p.Code != "" {
		return problemError(p)
	}
	return problem.New(problem.Unavailable, "it ended before it was ready%s", lastWords(output, begin)).
		WithRemedy("banger doctor looks for the cause; the daemon's log is %s", output.Name())
}

// lastWords is the end of what the log has from begin on, for an error.
func lastWords(log *os.File, begin int64) string {
	const most, lines = 4096, 10
	end, err := log.Seek(0, io.SeekEnd)
	if err != nil || end <= begin {
		return ""
	}
	text := make([]byte, min(end-begin, most))
	n, _ := log.ReadAt(text, end-int64(len(text)))
	all := strings.Split(string(bytes.TrimSpace(text[:n])), "\n")
	return ":\n  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
