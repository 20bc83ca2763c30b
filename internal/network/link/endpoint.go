package link

import (
	"net"
	"sync"
	"sync/atomic"

	"banger/internal/network/address"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// MTU is that of the wire.
const MTU = address.MTU

// Endpoint is the host's end of the wire. It implements stack.LinkEndpoint without a link header of its
// own: package ethernet of gVisor goes around it.
type Endpoint struct {
	conn  net.Conn
	admit func(frame []byte) bool
	queue queue

	mu         sync.RWMutex
	mac        tcpip.LinkAddress
	dispatcher stack.NetworkDispatcher
	refused    atomic.Uint64
}

// New makes the endpoint on conn, which it owns from now on. Inbound frames that admit refuses are dropped; admit
// must not keep the frame. Nothing moves before Run.
func New(conn net.Conn, mac tcpip.LinkAddress, admit func(frame []byte) bool) *Endpoint {
	e := &Endpoint{conn: conn, mac: mac, admit: admit}
	e.queue.ready.L = &e.queue.mu
	return e
}

// Run moves frames both ways until the connection ends, a malformed length comes, or Close; the error says which.
// It has nothing running when it returns. It is called once.
func (e *Endpoint) Run() error {
	written := make(chan struct{})
	go func() {
		defer close(written)
		e.queue.writeTo(e.conn)
	}()
	err := frames(e.conn, MTU+ethernet, e.deliver)
	e.Close()
	<-written
	return err
}

func (e *Endpoint) deliver(frame []byte) {
	e.mu.RLock()
	d := e.dispatcher
	e.mu.RUnlock()
	if d == nil || !e.admit(frame) {
		e.refused.Add(1)
		return
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(frame)})
	defer pkt.DecRef()
	d.DeliverNetworkPacket(0, pkt) // the type is in the frame
}

// Dropped counts frames since the start: from the guest that were not admitted, and to the guest that found the queue full.
func (e *Endpoint) Dropped() (inbound, outbound uint64) {
	return e.refused.Load(), e.queue.dropped.Load()
}

// WritePackets implements stack.LinkWriter. It never blocks.
func (e *Endpoint) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	n := e.queue.put(pkts.AsSlice()...)
	if n == 0 {
		return 0, &tcpip.ErrNoBufferSpace{}
	}
	return n, nil
}

// WriteFrame sends one whole frame, header included, past the stack. It is dropped when the queue is full.
func (e *Endpoint) WriteFrame(frame []byte) {
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(frame)})
	defer pkt.DecRef()
	e.queue.put(pkt)
}

// Close ends the wire and Run.
func (e *Endpoint) Close() {
	e.queue.close()
	e.conn.Close()
}

// Attach implements stack.LinkEndpoint.
func (e *Endpoint) Attach(d stack.NetworkDispatcher) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dispatcher = d
}

// IsAttached implements stack.LinkEndpoint.
func (e *Endpoint) IsAttached() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.dispatcher != nil
}

// LinkAddress implements stack.LinkEndpoint.
func (e *Endpoint) LinkAddress() tcpip.LinkAddress {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.mac
}

// SetLinkAddress implements stack.LinkEndpoint.
func (e *Endpoint) SetLinkAddress(mac tcpip.LinkAddress) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mac = mac
}

// MTU implements stack.LinkEndpoint: with the Ethernet header, which package ethernet takes off.
func (*Endpoint) MTU() uint32 { return MTU + ethernet }

// SetMTU implements stack.LinkEndpoint; the MTU is fixed.
func (*Endpoint) SetMTU(uint32) {}

// MaxHeaderLength implements stack.LinkEndpoint.
func (*Endpoint) MaxHeaderLength() uint16 { return 0 }

// Capabilities implements stack.LinkEndpoint.
func (*Endpoint) Capabilities() stack.LinkEndpointCapabilities { return stack.CapabilityNone }

// Wait implements stack.LinkEndpoint; it is Run's return that says that nothing runs any more.
func (*Endpoint) Wait() {}

// ARPHardwareType implements stack.LinkEndpoint.
func (*Endpoint) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }

// AddHeader implements stack.LinkEndpoint.
func (*Endpoint) AddHeader(*stack.PacketBuffer) {}

// ParseHeader implements stack.LinkEndpoint.
func (*Endpoint) ParseHeader(*stack.PacketBuffer) bool { return true }

// SetOnCloseAction implements stack.LinkEndpoint.
func (*Endpoint) SetOnCloseAction(func()) {}
