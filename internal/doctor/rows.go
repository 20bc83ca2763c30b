package doctor

import (
	"regexp"
	"strings"

	"banger/internal/problem"
)

func passed(detail string) []Row { return []Row{{Status: OK, Detail: detail}} }

func warned(detail, remedy string) []Row {
	return []Row{{Status: Warn, Detail: detail, Remedy: remedy}}
}

func failed(detail, remedy string) []Row {
	return []Row{{Status: Fail, Detail: detail, Remedy: remedy}}
}

// problemRow turns what another room says is wrong into a row. The remedy is for an error that has none.
func problemRow(status Status, err error, remedy string) []Row {
	if own := problem.RemedyOf(err); own != "" {
		remedy = own
	}
	return []Row{{Status: status, Detail: err.Error(), Remedy: remedy}}
}

var needsQuotes = regexp.MustCompile(`[^\w@%+=:,./-]`)

// shell is a path as it is typed.
func shell(path string) string {
	if needsQuotes.MatchString(path) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
