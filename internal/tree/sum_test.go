package tree

import (
	"encoding/hex"
	"testing"
)

// TestSumsAreGits: the sums of "hello\n" and of nothing, as git hash-object says them.
func TestSumsAreGits(t *testing.T) {
	for _, tc := range []struct {
		length        int
		content, want string
	}{
		{20, "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"},
		{20, "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"},
		{32, "hello\n", "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"},
		{32, "", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"},
	} {
		h := NewSum(tc.length, int64(len(tc.content)))
		h.Write([]byte(tc.content))
		if got := hex.EncodeToString(h.Sum(nil)); got != tc.want {
			t.Errorf("%q in %d bytes: %s, want %s", tc.content, tc.length, got, tc.want)
		}
	}
}
