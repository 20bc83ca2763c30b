package cli

import (
	"bytes"
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Grüße, 世界": "Grüße, 世界", "a\x1b]0;x\x07b\n": "a?]0;x?b?", "\u009b31m\u202e\u2066\u2028\x7f": "?31m????", "bad \xff utf": "bad � utf",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got := plainText("a\tb\r\nc\x1bd\n"); got != "a\tb\nc?d\n" {
		t.Errorf("plainText: %q", got)
	}
}

// TestPlainWriterAtEveryCut: where writes are cut changes nothing.
func TestPlainWriterAtEveryCut(t *testing.T) {
	const in = "ü世\U0001f600\x1b[31m\u009bx\xff\xc3\r\nend\xe4"
	var whole bytes.Buffer
	(&plainWriter{w: &whole}).Write([]byte(in))
	for i := range len(in) {
		for j := i; j < len(in); j++ {
			var out bytes.Buffer
			w := &plainWriter{w: &out}
			for _, part := range []string{in[:i], in[i:j], in[j:]} {
				if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			if out.String() != whole.String() {
				t.Fatalf("cut at %d and %d: %q, want %q", i, j, &out, &whole)
			}
		}
	}
	if bytes.ContainsAny(whole.Bytes(), "\x1b\r") {
		t.Errorf("%q", &whole)
	}
}

func TestFormats(t *testing.T) {
	now := time.Now()
	for d, want := range map[time.Duration]string{
		-time.Second: "0s ago", 59 * time.Second: "59s ago", 90 * time.Minute: "1h ago", 47 * time.Hour: "47h ago", 72 * time.Hour: "3d ago", 900 * 24 * time.Hour: "2y ago",
	} {
		if got := age(now.Add(-d), now); got != want {
			t.Errorf("age of %v: %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1K", 1536: "1.5K", 412 << 20: "412M", 5 << 29: "2.5G", 3 << 40: "3T", 5000 << 40: "5000T"} {
		if got := bytesOf(n); got != want {
			t.Errorf("%d bytes: %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{1500 * time.Microsecond: "1.5 ms", 2300 * time.Millisecond: "2.3 s", 92*time.Second + 400*time.Millisecond: "1m32s"} {
		if got := took(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
