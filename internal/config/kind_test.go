package config

import "testing"

func TestLoopback(t *testing.T) {
	for _, text := range []string{"off", "127.0.0.1:7788", "127.77.0.1:1024", "[::1]:65535"} {
		if at, err := loopback.parse(text); err != nil || loopback.format(at) != text || at.IsValid() != (text != "off") {
			t.Errorf("%s is %v (%v), written %q", text, at, err, loopback.format(at))
		}
	}
	for _, text := range []string{
		"", "7788", ":7788", "localhost:7788", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:1023", "127.0.0.1:65536", "0.0.0.0:7788", "[::]:7788",
		"192.168.0.1:7788", "[::ffff:127.0.0.1]:7788", "[::1%lo]:7788", "::1:7788", "OFF",
	} {
		if at, err := loopback.parse(text); err == nil {
			t.Errorf("%q passes for %v", text, at)
		}
	}
}
