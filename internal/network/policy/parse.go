package policy

import (
	"slices"
	"strings"
)

// How the sections of a policy begin.
const (
	internetWord  = "internet"
	noneWord      = "none"
	allowWord     = "allow="
	hostPortsWord = "host-ports="
)

// What a policy may take: bytes of its text, and things that it opens.
const (
	maxText  = 64 << 10
	maxItems = 1000
)

// Parse reads a policy from its one line. Its errors are of code Invalid, and say which word is wrong.
func Parse(spec string) (Policy, error) {
	if len(spec) > maxText {
		return Policy{}, wrong("a network policy of %d bytes is too long", len(spec)).WithRemedy("the most is %d", maxText)
	}
	var d draft
	section := ""
	for word := range strings.SplitSeq(spec, ",") {
		word = strings.TrimSpace(word)
		for _, start := range []string{allowWord, hostPortsWord} {
			if rest, begins := strings.CutPrefix(word, start); begins {
				section, word = start, rest
			}
		}
		if err := d.add(section, word); err != nil {
			return Policy{}, err
		}
	}
	return d.finish()
}

// draft is a policy that is being read.
type draft struct {
	base   string // internet, none, or empty when neither was said
	listed bool   // allow was there, if only as an empty list
	policy Policy
}

func (d *draft) add(section, word string) error {
	switch {
	case word == internetWord || word == noneWord:
		return d.setBase(word)
	case section == allowWord:
		return d.allow(word)
	case section == hostPortsWord:
		return d.openHostPorts(word)
	}
	return wrong("%s is no network policy", quote(word)).
		WithRemedy("use internet, none, host-ports=5432,6379, allow=github.com,*.example.org:443,203.0.113.0/24, or the path of a file")
}

func (d *draft) setBase(word string) error {
	if d.base != "" && d.base != word {
		return wrong("a network policy is internet or none, not both").WithRemedy("remove one")
	}
	d.base = word
	return nil
}

func (d *draft) allow(word string) error {
	d.listed = true
	t, err := parseTarget(word)
	if err != nil {
		return err
	}
	d.policy.targets, err = addOnce(d.policy.targets, t)
	return err
}

func (d *draft) openHostPorts(word string) error {
	p, err := parsePorts(word)
	if err != nil {
		return err
	}
	d.policy.hostPorts, err = addOnce(d.policy.hostPorts, p)
	return err
}

func addOnce[T comparable](items []T, item T) ([]T, error) {
	if slices.Contains(items, item) {
		return items, nil
	}
	if len(items) == maxItems {
		return nil, wrong("a network policy opens more than %d things", maxItems).WithRemedy("join them: *.example.org, 203.0.113.0/24, 8000-8010")
	}
	return append(items, item), nil
}

// finish settles what was not said: without a word about it, targets are all there is, and host ports come on top of the internet.
func (d *draft) finish() (Policy, error) {
	p := d.policy
	p.internet = d.base == internetWord || d.base == "" && !d.listed
	if i := slices.IndexFunc(p.targets, target.isPublicName); p.internet && i >= 0 {
		return Policy{}, wrong("internet opens %s already", p.targets[i]).
			WithRemedy("leave internet out to open nothing but what is allowed, or allow ranges of addresses")
	}
	return p, nil
}
