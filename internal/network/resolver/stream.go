package resolver

import (
	"context"
	"encoding/binary"
	"io"
	"net"
)

// ServeStream answers the queries that come over one TCP connection of the guest's, one after the other, until it ends, is
// silent for ten seconds, or says what is no query, or ctx ends. It closes the connection.
func (r *Resolver) ServeStream(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	for {
		conn.SetDeadline(r.now().Add(idle))
		var size uint16
		if binary.Read(conn, binary.BigEndian, &size) != nil || size > maxQuery {
			return
		}
		query := make([]byte, size)
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		answer := r.Answer(ctx, "tcp", query)
		if len(answer) == 0 {
			return
		}
		conn.SetDeadline(r.now().Add(idle))
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}
