package relay

import (
	"io"
	"sync"
)

// Piece is how much is moved at once, and held while the side that it is for does not take it.
type Piece struct{ pool *sync.Pool }

// Pieces. A datagram longer than the piece is cut.
var (
	Large = Piece{pool(64 << 10)} // a frame of the guest's wire
	Small = Piece{pool(8 << 10)}
)

func pool(size int) *sync.Pool {
	return &sync.Pool{New: func() any {
		buf := make([]byte, size)
		return &buf
	}}
}

// Pipe joins a and b until both directions have ended or one has failed, and closes both. moved is told, from two goroutines, how many
// bytes were passed on from a to b and from b to a. The error is that of the direction that failed first; nil says that both ended.
func Pipe(a, b Conn, piece Piece, moved func(ab, ba int)) error {
	defer a.Close()
	defer b.Close()
	results := make(chan error, 2)
	run := func(dst, src Conn, moved func(int)) {
		err := half(dst, src, piece, moved)
		results <- err
		if err != nil { // which ends the other half too
			src.Reset()
			dst.Reset()
		}
	}
	go run(a, b, func(n int) { moved(0, n) })
	run(b, a, func(n int) { moved(n, 0) })
	first, second := <-results, <-results
	if first != nil {
		return first
	}
	return second
}

// half moves what src gives to dst, until an end, which it passes on, or a failure.
func half(dst, src Conn, piece Piece, moved func(int)) error {
	for {
		src.WaitRead()
		end, err := move(dst, src, piece, moved)
		if end {
			dst.CloseWrite() // it may be gone already; the other half tells
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// move passes on what one read of src gives, which may be an empty datagram.
func move(dst, src Conn, piece Piece, moved func(int)) (end bool, err error) {
	buf := piece.pool.Get().(*[]byte)
	defer piece.pool.Put(buf)
	n, err := src.Read(*buf)
	if n > 0 || err == nil {
		written, failed := dst.Write((*buf)[:n])
		moved(written)
		if failed != nil {
			return false, failed
		}
	}
	if err == io.EOF {
		return true, nil
	}
	return false, err
}
