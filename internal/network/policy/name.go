package policy

import (
	"strconv"
	"strings"
)

// HostName is what a guest calls the host. The VM's resolver answers it, and nobody else is asked.
const HostName = "host.banger"

const maxName, maxLabel = 253, 63

// Normalize gives a name as it is compared: in small letters, without a dot at its end. Letters, digits, hyphens and
// underscores make a label; a name with others must come as IDNA's A-labels (xn--...). What a resolver would take for
// an address, because its last label is a number (127.1, 2130706433, 0x7f000001), is no name.
func Normalize(name string) (string, error) {
	text := strings.ToLower(strings.TrimSuffix(name, "."))
	if text == "" || len(text) > maxName {
		return "", wrong("%s is no name: it has %d bytes", quote(name), len(text)).WithRemedy("a name has 1 to %d", maxName)
	}
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if err := checkLabel(name, label); err != nil {
			return "", err
		}
	}
	if isNumber(labels[len(labels)-1]) {
		return "", wrong("%s is neither a name nor an address", quote(name)).WithRemedy("write an address in full, such as 192.0.2.1")
	}
	return text, nil
}

func checkLabel(name, label string) error {
	if label == "" || len(label) > maxLabel {
		return wrong("%s is no name: a part of it has %d bytes", quote(name), len(label)).WithRemedy("between dots there are 1 to %d", maxLabel)
	}
	for i := range len(label) {
		c := label[i]
		edge := i == 0 || i == len(label)-1
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' && !edge {
			continue
		}
		return wrong("%s is no name: %s", quote(name), quote(label)).
			WithRemedy("a name is of letters, digits and hyphens; write others in their ASCII form, xn--...")
	}
	return nil
}

// isNumber: a label that would make an address of the name that it ends (as WHATWG's URL standard has it).
func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	hex, isHex := strings.CutPrefix(label, "0x")
	return isHex && strings.Trim(hex, "0123456789abcdef") == ""
}

// quote makes foreign text harmless and short.
func quote(text string) string {
	const most = 64
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.QuoteToASCII(text)
}
