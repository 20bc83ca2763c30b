package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"banger/internal/network/policy"
)

// kind is a sort of values: parse takes one from text, or says what is allowed, and format writes it as
// parse takes it.
type kind[T any] struct {
	parse  func(string) (T, error)
	format func(T) string
}

func verbatim(s string) string { return s }

func oneOf(allowed ...string) kind[string] {
	return kind[string]{format: verbatim, parse: func(s string) (string, error) {
		if !slices.Contains(allowed, s) {
			return "", fmt.Errorf("%q is not one of %s", s, strings.Join(allowed, ", "))
		}
		return s, nil
	}}
}

var word = kind[string]{format: verbatim, parse: func(s string) (string, error) {
	if s == "" {
		return "", errors.New("it cannot be empty")
	}
	return s, nil
}}

// number is a whole number from least to most, math.MaxInt for no limit.
func number(least, most int) kind[int] {
	upTo := fmt.Sprintf("to %d", most)
	if most == math.MaxInt {
		upTo = "on"
	}
	return kind[int]{format: strconv.Itoa, parse: func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("%q is not a number from %d %s", s, least, upTo)
		}
		return n, nil
	}}
}

// netPolicy is what a VM may reach, in its one line.
var netPolicy = kind[string]{format: verbatim, parse: func(s string) (string, error) {
	p, err := policy.Parse(s)
	return p.String(), err
}}

// truth can stand in the file without quotes, too.
var truth = kind[bool]{format: strconv.FormatBool, parse: func(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, fmt.Errorf("%q is not true or false", s)
	}
	return s == "true", nil
}}

var size = kind[int64]{format: exactSize, parse: ParseSize}

// sizeOrNone is a size where 0 means none.
var sizeOrNone = kind[int64]{format: exactSize, parse: func(s string) (int64, error) {
	if s == "0" {
		return 0, nil
	}
	return ParseSize(s)
}}

// allSubnets is what guests' addresses are taken from (the store's contract).
var allSubnets = netip.MustParsePrefix("172.16.0.0/12")

var network = kind[netip.Prefix]{format: netip.Prefix.String, parse: func(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Bits() != 24 || p != p.Masked() || !allSubnets.Contains(p.Addr()) {
		return p, fmt.Errorf("%q is not a network like 172.16.0.0/24 within %s", s, allSubnets)
	}
	return p, nil
}}

// leastPort is the first that a plain user may listen on (ip_unprivileged_port_start as kernels have it).
const leastPort = 1024

// loopback is an address of this host alone with a port, the zero value for off.
var loopback = kind[netip.AddrPort]{
	format: func(at netip.AddrPort) string {
		if !at.IsValid() {
			return "off"
		}
		return at.String()
	},
	parse: func(s string) (netip.AddrPort, error) {
		if s == "off" {
			return netip.AddrPort{}, nil
		}
		at, err := netip.ParseAddrPort(s)
		if err != nil || !at.Addr().IsLoopback() || at.Addr().Is4In6() || at.Addr().Zone() != "" || at.Port() < leastPort {
			return netip.AddrPort{}, fmt.Errorf("%q is not off, or an address of the loopback with a port from %d on, such as 127.0.0.1:7788", s, leastPort)
		}
		return at, nil
	},
}
