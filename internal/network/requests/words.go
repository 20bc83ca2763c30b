package requests

import "strings"

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// only says that s has no other characters than those of a set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }

// token is RFC 9110's.
func token(s string) bool { return s != "" && only(s, "!#$%&'*+-.^_`|~"+digits+letters) }

func control(r rune) bool { return r < ' ' || r == 0x7f }

// host reads a host with or without a port, and gives it as New's decide gets it.
func host(s string) (name string, ok bool) {
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		name, port = s[:i], s[i+1:]
	}
	if !only(port, digits) {
		return "", false
	}
	if inner, bracket := strings.CutPrefix(name, "["); bracket {
		inner, bracket = strings.CutSuffix(inner, "]")
		return strings.ToLower(inner), bracket && only(inner, digits+":.abcdefABCDEF")
	}
	return strings.ToLower(strings.TrimSuffix(name, ".")), only(name, digits+letters+"._-")
}
