package policy

import "strings"

// Policy says what a VM may reach. It comes from Parse or ParseFile and never changes. The zero value is none.
type Policy struct {
	internet  bool
	targets   []target
	hostPorts []ports
}

// closed: nothing is open, and so no name resolves.
func (p Policy) closed() bool { return !p.internet && len(p.targets) == 0 && len(p.hostPorts) == 0 }

// String is the policy on one line, in its shortest form, which Parse reads back.
func (p Policy) String() string {
	var words []string
	switch {
	case p.internet && (len(p.hostPorts) == 0 || len(p.targets) > 0):
		words = append(words, "internet")
	case !p.internet && len(p.targets) == 0:
		words = append(words, "none")
	}
	if len(p.targets) > 0 {
		words = append(words, allowWord+join(p.targets))
	}
	if len(p.hostPorts) > 0 {
		words = append(words, hostPortsWord+join(p.hostPorts))
	}
	return strings.Join(words, ",")
}

func join[T interface{ String() string }](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = item.String()
	}
	return strings.Join(words, ",")
}

// MarshalText gives String, so that a policy is a plain string in JSON.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is Parse.
func (p *Policy) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}
