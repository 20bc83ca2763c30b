package link

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// prefix is the length of the length.
	prefix = 4
	// ethernet is the length of a frame's header: two addresses and a type.
	ethernet = 14
	// maxStream is the longest frame that QEMU sends or takes on a stream (NET_BUFSIZE in its net/net.h).
	maxStream = 4096 + 65536
)

// frames calls each with every frame that r gives, until r or each fails. Frames longer than longest, and those too short to have
// a header, are passed over. A frame is valid only while each runs.
func frames(r io.Reader, longest int, each func(frame []byte)) error {
	buf := make([]byte, 2*(prefix+maxStream))
	for have := 0; ; {
		n, err := r.Read(buf[have:])
		have += n
		used := 0
		for have-used >= prefix {
			length := int(binary.BigEndian.Uint32(buf[used:]))
			if length > maxStream {
				return fmt.Errorf("a frame of %d bytes on the guest's wire, which carries at most %d", length, maxStream)
			}
			if have-used < prefix+length {
				break
			}
			frame := buf[used+prefix : used+prefix+length]
			if length >= ethernet && length <= longest {
				each(frame)
			}
			used += prefix + length
		}
		copy(buf, buf[used:have])
		have -= used
		if err != nil {
			return err
		}
	}
}
