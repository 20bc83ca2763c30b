package aptsource

import (
	"fmt"
	"slices"
	"strings"
)

// optionOf gives the one-line option of each deb822 field that has one.
var optionOf = map[string]string{
	"architectures": "arch", "languages": "lang", "targets": "target",
	"signed-by": "signed-by", "trusted": "trusted", "snapshot": "snapshot",
	"by-hash": "by-hash", "pdiffs": "pdiffs", "inrelease-path": "inrelease-path",
	"allow-insecure": "allow-insecure", "allow-weak": "allow-weak",
	"allow-downgrade-to-insecure": "allow-downgrade-to-insecure",
	"check-valid-until":           "check-valid-until",
	"valid-until-min":             "valid-until-min", "valid-until-max": "valid-until-max",
	"check-date": "check-date", "date-max-future": "date-max-future",
}

type field struct{ name, value string } // name in lower case

// parseStanzas reads the deb822 format. A stanza stands for each pair of its
// addresses and suites.
func parseStanzas(text string) ([]Source, error) {
	var sources []Source
	var stanza []field
	for i, line := range append(strings.Split(text, "\n"), "") {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) == "":
			sources = append(sources, expand(stanza)...)
			stanza = nil
		case line[0] == ' ' || line[0] == '\t':
			if len(stanza) == 0 {
				return nil, fmt.Errorf("line %d continues no field", i+1)
			}
			stanza[len(stanza)-1].value += "\n" + strings.TrimSpace(line)
		default:
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				return nil, fmt.Errorf("line %d is no field: it has no colon", i+1)
			}
			stanza = append(stanza, field{strings.ToLower(name), strings.TrimSpace(value)})
		}
	}
	return sources, nil
}

// expand gives a stanza's sources: none when it is disabled or has no binaries. A key
// written into the stanza makes an option that is no Debian keyring, so that it is left out later.
func expand(stanza []field) []Source {
	words := map[string][]string{}
	var options []Option
	for _, f := range stanza {
		words[f.name] = strings.Fields(f.value)
		if name, ok := optionOf[f.name]; ok {
			options = append(options, Option{name, strings.Join(words[f.name], ",")})
		}
	}
	if !slices.Contains(words["types"], "deb") || disabled(words["enabled"]) {
		return nil
	}
	var sources []Source
	for _, uri := range words["uris"] {
		for _, suite := range words["suites"] {
			sources = append(sources, Source{options, uri, suite, words["components"]})
		}
	}
	return sources
}

// disabled knows apt's words for no (StringToBool of apt-pkg).
func disabled(value []string) bool {
	return len(value) == 1 && slices.Contains(
		[]string{"no", "false", "without", "off", "disable", "0"}, strings.ToLower(value[0]))
}
