package requests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrUnclear is why a stream is not followed any longer: what came is no request, or one that servers could understand differently.
var ErrUnclear = errors.New("what the guest sends cannot be followed as HTTP/1 requests")

func unclear(why string) error { return fmt.Errorf("%w: %s", ErrUnclear, why) }

// most is how long a head, or the trailer of a chunked body, may be, in bytes.
const most = 72 << 10

// Reader reads requests and gives their bytes as they came, none that was not decided upon. It is used by one goroutine.
type Reader struct {
	in     *bufio.Reader
	decide func(names []string) error
	answer *Answer
	first  bool
	next   func() error // reads what comes after held and body
	held   []byte       // decided upon, and not given yet
	body   int64        // how many bytes are then given as they come
}

// New makes a Reader of the requests that a client sends. decide gets the hosts that a request names, in lower case and without port or
// final dot: none, one, or two if request line and Host header differ; its error ends the stream. answer knows how the server began.
func New(client io.Reader, answer *Answer, decide func(names []string) error) *Reader {
	r := &Reader{in: bufio.NewReaderSize(client, 4096), decide: decide, answer: answer, first: true}
	r.next = r.head
	return r
}

// Ready says that there are bytes to read, or to look at, without the client's sending more.
func (r *Reader) Ready() bool { return len(r.held) > 0 || r.in.Buffered() > 0 }

// Read implements io.Reader. Its error is the client's, decide's, or an ErrUnclear, and stays.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.held) == 0 && r.body == 0 {
		if err := r.next(); err != nil {
			r.next = func() error { return err }
			return 0, err
		}
	}
	if len(r.held) > 0 {
		n := copy(p, r.held)
		if r.held = r.held[n:]; len(r.held) == 0 {
			r.held = nil
		}
		return n, nil
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.body)])
	r.body -= int64(n)
	return n, err
}

// head reads the next request's, or the end of all.
func (r *Reader) head() error {
	begin, err := r.in.Peek(1)
	if err != nil {
		return err
	}
	if !token(string(begin)) {
		return unclear("no request begins where one must")
	}
	block, err := r.block()
	if err != nil {
		return err
	}
	q, err := parse(string(block))
	if err != nil {
		return err
	}
	if err := r.decide(q.names); err != nil {
		return err
	}
	r.held, r.body, r.next = block, q.length, r.head
	switch {
	case q.chunked:
		r.next = r.chunk
	case q.websocket && r.first:
		r.next = r.upgraded
	}
	r.first = false
	return nil
}

// upgraded decides what it is that follows the request for an upgrade.
func (r *Reader) upgraded() error {
	if _, err := r.in.Peek(1); err != nil {
		return err
	}
	switch r.answer.now() {
	case none:
		return unclear("more follows a request for an upgrade before the server has answered it")
	case switched:
		r.body = math.MaxInt64
	default:
		r.next = r.head
	}
	return nil
}

// chunk reads the line before a chunk; after the last comes the trailer.
func (r *Reader) chunk() error {
	line, err := r.line(nil)
	if err != nil {
		return err
	}
	size, err := chunkSize(string(line))
	if err != nil {
		return err
	}
	r.held, r.body, r.next = line, size, r.chunkEnd
	if size == 0 {
		r.next = r.trailer
	}
	return nil
}

func (r *Reader) chunkEnd() error {
	end := make([]byte, 2)
	if _, err := io.ReadFull(r.in, end); err != nil {
		return cutShort(err)
	}
	if string(end) != newline {
		return unclear("a chunk is longer than it says")
	}
	r.held, r.next = end, r.chunk
	return nil
}

func (r *Reader) trailer() error {
	block, err := r.block()
	if err != nil {
		return err
	}
	if err := checkTrailer(string(block)); err != nil {
		return err
	}
	r.held, r.next = block, r.head
	return nil
}

// block reads lines until an empty one.
func (r *Reader) block() (block []byte, err error) {
	for {
		before := len(block)
		if block, err = r.line(block); err != nil || string(block[before:]) == newline {
			return block, err
		}
	}
}

// line appends the next line to what is there.
func (r *Reader) line(block []byte) ([]byte, error) {
	for {
		part, err := r.in.ReadSlice('\n')
		block = append(block, part...)
		switch {
		case len(block) > most:
			return nil, unclear("a head is too long")
		case err == nil && !bytes.HasSuffix(block, []byte(newline)):
			return nil, unclear("a line of a head ends with LF alone")
		case err == nil:
			return block, nil
		case err != bufio.ErrBufferFull:
			return nil, cutShort(err)
		}
	}
}

// cutShort is an end where none may be, or the client's failure.
func cutShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return unclear("it ends in the midst of a head")
	}
	return err
}
