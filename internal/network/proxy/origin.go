package proxy

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// vmName is the name that a request's Host consists of. False means that it is not for a VM: another Host, or a request to a
// forward proxy, whose target names another one.
func vmName(r *http.Request) (string, bool) {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !strings.HasPrefix(r.RequestURI, "/") && r.RequestURI != "*" {
		return "", false
	}
	host := strings.TrimSuffix(r.Host, ":"+strconv.Itoa(at.Port))
	name, ok := strings.CutSuffix(host, ".localhost")
	return name, ok && name != ""
}

// protection trusts no other origin and makes no exception.
var protection http.CrossOriginProtection

// foreign reports whether a browser sent a request that can change something for a page of another origin.
func foreign(r *http.Request) bool {
	asked := http.Request{Method: r.Method, Header: r.Header, Host: r.Host}
	if r.Header["Upgrade"] != nil {
		asked.Method = http.MethodPost // which comes first is a GET, and then anything
		if slices.ContainsFunc(r.Header["Origin"], func(origin string) bool { return origin != "http://"+r.Host }) {
			return true
		}
	}
	return protection.Check(&asked) != nil
}
