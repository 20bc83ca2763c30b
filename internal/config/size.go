package config

import (
	"fmt"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// units are the letters after a number; all are powers of 1024, the way memory and
// disks of machines are measured.
var units = map[string]int64{
	"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
}

// MaxSize is the largest size that is a size at all, in bytes: 64 TiB. What it is a
// size of has a limit of its own.
const MaxSize = 64 << 40

// ParseSize turns 512M, 4G, 4GiB, 4GB, 1T or a plain number of MiB into bytes. Case
// does not matter. Zero, negative, fractional and huge sizes are refused.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRightFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	suffix := strings.ToUpper(text[len(digits):])
	suffix = strings.TrimSuffix(strings.TrimSuffix(suffix, "B"), "I")
	unit, known := units[suffix]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || text[0] == '+' || strings.HasSuffix(strings.ToUpper(text), "I") {
		return 0, sizeProblem("%q is not a size", text)
	}
	if n <= 0 {
		return 0, sizeProblem("a size of %q is nothing", text)
	}
	if n > MaxSize/unit {
		return 0, sizeProblem("a size of %q is too large", text)
	}
	return n * unit, nil
}

func sizeProblem(format string, text string) error {
	return problem.New(problem.Invalid, format, text).WithRemedy("write 512M, 4G or 2048 (MiB)")
}

// FormatSize writes bytes with the largest unit that keeps it short: 8G, 1.5G, 512M.
func FormatSize(bytes int64) string {
	for _, u := range []string{"T", "G", "M", "K"} {
		if bytes >= units[u] {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(bytes)/float64(units[u])), ".0") + u
		}
	}
	return strconv.FormatInt(bytes, 10) + "B"
}

// exactSize writes bytes as ParseSize reads them, with the largest unit that leaves nothing over.
func exactSize(bytes int64) string {
	for _, u := range []string{"T", "G", "M", "K"} {
		if bytes > 0 && bytes%units[u] == 0 {
			return strconv.FormatInt(bytes/units[u], 10) + u
		}
	}
	return strconv.FormatInt(bytes, 10)
}
