package workspace

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// catFile is a git cat-file that answers one question after the other.
type catFile struct {
	in   *io.PipeWriter
	out  *bufio.Reader
	stop func() error
}

// startCatFile begins one; stop ends it and waits for it.
func startCatFile(ctx context.Context, call git) *catFile {
	questions, in := io.Pipe()
	out, answers := io.Pipe()
	call.stdin, call.stdout = questions, answers
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, err := call.run(ctx, "cat-file", "--batch")
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		answers.CloseWithError(err)
		questions.CloseWithError(err)
		done <- err
	}()
	c := &catFile{in: in, out: bufio.NewReaderSize(out, 64<<10)}
	c.stop = func() error {
		cancel()
		out.Close()
		in.Close()
		<-done
		return nil
	}
	return c
}

// open begins to read an object. found is false when it is not there; else size bytes and one more are to be read from c.out.
func (c *catFile) open(sum string) (kind string, size int64, found bool, err error) {
	if _, err := io.WriteString(c.in, sum+"\n"); err != nil {
		return "", 0, false, err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return "", 0, false, fmt.Errorf("git cat-file: %w", err)
	}
	words := strings.Fields(line)
	if len(words) == 2 {
		return "", 0, false, nil
	}
	if len(words) != 3 || words[0] != sum {
		return "", 0, false, fmt.Errorf("git cat-file says %.100q", line)
	}
	size, err = strconv.ParseInt(words[2], 10, 64)
	return words[1], size, true, err
}

// skip reads what is left of an object and the byte after it.
func (c *catFile) skip(left int64) error {
	_, err := io.CopyN(io.Discard, c.out, left+1)
	return err
}
