package link

import (
	"encoding/binary"
	"io"
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	// maxQueued bounds the frames that wait for the guest, in bytes. Most of them share memory with the send buffers that they came from.
	maxQueued = 4 << 20
	// batch is how much one write takes, in bytes, and one frame more. A socketpair holds 208 KiB.
	batch = 128 << 10
)

// queue holds the frames that wait to be written.
type queue struct {
	mu      sync.Mutex
	ready   sync.Cond // of mu: there are packets, or it is closed
	packets []*stack.PacketBuffer
	bytes   int // of packets
	closed  bool
	dropped atomic.Uint64
}

// put takes a reference to each packet, up to the first that does not fit, and returns how many it took.
func (q *queue) put(pkts ...*stack.PacketBuffer) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, pkt := range pkts {
		if q.closed || q.bytes+pkt.Size() > maxQueued {
			q.dropped.Add(uint64(len(pkts) - i))
			return i
		}
		q.bytes += pkt.Size()
		q.packets = append(q.packets, pkt.IncRef())
		q.ready.Signal()
	}
	return len(pkts)
}

// take waits for packets and gives all there are, which are the caller's; none says that the queue is closed.
// spare is used for those that come next.
func (q *queue) take(spare []*stack.PacketBuffer) []*stack.PacketBuffer {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.packets) == 0 && !q.closed {
		q.ready.Wait()
	}
	taken := q.packets
	q.packets, q.bytes = spare[:0], 0
	return taken
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, pkt := range q.packets {
		pkt.DecRef()
	}
	q.packets = nil
	q.ready.Signal()
}

// writeTo writes frames until w fails or the queue is closed, many in one write where there are many.
func (q *queue) writeTo(w io.Writer) {
	var taken []*stack.PacketBuffer
	var out []byte
	for {
		if taken = q.take(taken); len(taken) == 0 {
			return
		}
		for i, pkt := range taken {
			out = appendFrame(out, pkt)
			pkt.DecRef()
			taken[i] = nil
			if last := i == len(taken)-1; !last && len(out) < batch {
				continue
			}
			if _, err := w.Write(out); err != nil {
				return
			}
			out = out[:0]
		}
	}
}

func appendFrame(out []byte, pkt *stack.PacketBuffer) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(pkt.Size()))
	for _, part := range pkt.AsSlices() {
		out = append(out, part...)
	}
	return out
}
