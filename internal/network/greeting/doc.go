// Package greeting reads which name a client calls its server by: the server name of a TLS ClientHello,
// or the Host of an HTTP request, in the first bytes of a connection.
//
// Both are what the client says, and may be lies; a policy compares them with the name that opened the address. Only the first
// request of a connection is seen. A ClientHello with an encrypted name shows the outer one.
package greeting
