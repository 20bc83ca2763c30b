package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"banger/api"
	"banger/internal/shim"
)

// workSeconds is how long a fork works before its memory is looked at again.
const workSeconds = 300

//go:embed work.sh
var work []byte

// memory measures what a fork has to itself, in engine and supervisor: once it has run a command, and after five minutes of work.
func (b *benchmark) memory(ctx context.Context) ([]figure, error) {
	const name, megabyte = "own", 1e6
	if _, err := b.banger(ctx, nil, nil, "vm", "create", "--name", name, "--vcpu", "1", "--memory", "512M"); err != nil {
		return nil, err
	}
	if _, err := b.banger(ctx, nil, nil, "vm", "exec", name, "--", "true"); err != nil {
		return nil, err
	}
	young, err := b.ownMemory(ctx, name)
	if err != nil {
		return nil, err
	}
	if _, err := b.banger(ctx, bytes.NewReader(work), nil, "vm", "exec", "-i", name, "--", "sh", "-s", strconv.Itoa(workSeconds)); err != nil {
		return nil, err
	}
	old, err := b.ownMemory(ctx, name)
	if err != nil {
		return nil, err
	}
	guest, code, err := b.partsOf(ctx, name)
	if err != nil {
		return nil, err
	}
	figures := []figure{
		atMostBytes("own memory of a fork after its first command (`Anonymous` of engine and supervisor)", young, 60*megabyte),
		atMostBytes(fmt.Sprintf("the same after %d s of work, without the %.0f MB of memory that its guest has changed; %.0f MB are translated code",
			workSeconds, float64(guest)/megabyte, float64(code)/megabyte), old-guest, (64+20)*megabyte),
	}
	_, err = b.banger(ctx, nil, nil, "vm", "delete", "-f", name)
	return figures, err
}

func (b *benchmark) ownMemory(ctx context.Context, name string) (int64, error) {
	vm, err := b.show(ctx, name)
	return vm.Own, err
}

func (b *benchmark) show(ctx context.Context, name string) (vm api.VM, err error) {
	var out bytes.Buffer
	if _, err := b.banger(ctx, nil, &out, "vm", "show", name, "--json"); err != nil {
		return vm, err
	}
	return vm, json.Unmarshal(out.Bytes(), &vm)
}

// partsOf tells two kinds of a fork's own memory, in bytes: the guest's, which its engine maps from a file in memory, and
// translated code, which alone is writable and executable.
func (b *benchmark) partsOf(ctx context.Context, name string) (guest, code int64, err error) {
	vm, err := b.show(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	reply, err := shim.Ask(ctx, vm.Socket, shim.Request{Op: shim.OpStatus})
	if err != nil {
		return 0, 0, err
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps", reply.Status.EnginePID))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	var other int64
	into := &other
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case strings.HasPrefix(lines.Text(), "Anonymous:"):
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0, 0, err
			}
			*into += kib << 10
		case strings.HasSuffix(fields[0], ":"): // another property of the same mapping
		case strings.HasPrefix(fields[1], "rwx"):
			into = &code
		case strings.Contains(lines.Text(), "/memfd:template"):
			into = &guest
		default:
			into = &other
		}
	}
	return guest, code, lines.Err()
}
