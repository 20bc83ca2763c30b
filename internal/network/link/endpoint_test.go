package link

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// packets makes packets of the given sizes.
func packets(sizes ...int) (list stack.PacketBufferList) {
	for i, size := range sizes {
		payload := buffer.MakeWithData(bytes.Repeat([]byte{byte(i)}, size-ethernet))
		pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{ReserveHeaderBytes: ethernet, Payload: payload})
		copy(pkt.LinkHeader().Push(ethernet), bytes.Repeat([]byte{byte(i)}, ethernet))
		list.PushBack(pkt)
	}
	return list
}

// writes counts the writes that a connection gets.
type writes struct {
	net.Conn
	sizes []int
}

func (w *writes) Write(p []byte) (int, error) {
	w.sizes = append(w.sizes, len(p))
	return w.Conn.Write(p)
}

func TestManyFramesAreOneWrite(t *testing.T) {
	near, far := net.Pipe()
	counted := &writes{Conn: near}
	e := New(counted, "", nil)
	list := packets(60, 1514, 100)
	if n, err := e.WritePackets(list); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	e.WriteFrame(bytes.Repeat([]byte{3}, 200))
	list.DecRef()
	ran := make(chan error, 1)
	go func() { ran <- e.Run() }()
	want := stream(60, 1514, 100, 200)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("other bytes than were sent, %v", err)
	}
	far.Close()
	if err := <-ran; err != io.EOF {
		t.Errorf("Run ended with %v", err)
	}
	if len(counted.sizes) != 1 {
		t.Errorf("%d writes: %v", len(counted.sizes), counted.sizes)
	}
}

func TestAFullQueueDrops(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	e := New(near, "", nil)
	sent := 0
	for ; ; sent++ {
		list := packets(60000)
		_, err := e.WritePackets(list)
		list.DecRef()
		if err != nil {
			if _, full := err.(*tcpip.ErrNoBufferSpace); !full {
				t.Fatal(err)
			}
			break
		}
	}
	if _, dropped := e.Dropped(); dropped != 1 || sent != maxQueued/60000 {
		t.Errorf("%d went in and %d were dropped", sent, dropped)
	}
	e.Close()
	list := packets(60)
	defer list.DecRef()
	if n, err := e.WritePackets(list); n != 0 || err == nil {
		t.Error("a closed wire took a packet")
	}
}

// delivered keeps what an endpoint delivers.
type delivered struct{ frames chan []byte }

func (d delivered) DeliverNetworkPacket(_ tcpip.NetworkProtocolNumber, pkt *stack.PacketBuffer) {
	d.frames <- pkt.ToView().ToSlice()
}

func (delivered) DeliverLinkPacket(tcpip.NetworkProtocolNumber, *stack.PacketBuffer) {}

func TestWhatIsNotAdmittedIsNotDelivered(t *testing.T) {
	near, far := net.Pipe()
	d := delivered{make(chan []byte, 9)}
	e := New(near, "", func(frame []byte) bool { return frame[0] != 1 })
	e.Attach(d)
	go func() {
		far.Write(stream(60, 61, 62))
		far.Close()
	}()
	if err := e.Run(); err != io.EOF {
		t.Error(err)
	}
	if in, _ := e.Dropped(); in != 1 || len(d.frames) != 2 {
		t.Errorf("%d delivered, %d dropped", len(d.frames), in)
	}
	if first, second := <-d.frames, <-d.frames; len(first) != 60 || len(second) != 62 {
		t.Errorf("delivered %d and %d bytes", len(first), len(second))
	}
}

func TestAnImpossibleLengthClosesTheConnection(t *testing.T) {
	near, far := net.Pipe()
	e := New(near, "", nil)
	go far.Write(binary.BigEndian.AppendUint32(nil, 1<<20))
	if err := e.Run(); err == nil || err == io.EOF {
		t.Error(err)
	}
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection is open: %v", err)
	}
}
