// Package greeting reads what a client speaks, HTTP/1 or TLS, in the first bytes of a connection, and by which name a TLS ClientHello
// calls the server.
//
// What it says may be a lie; a policy compares it with the name that opened the address. What a lenient server could take for either
// counts as that, so that nobody is let through by bad grammar. A ClientHello with an encrypted name shows the outer one.
package greeting
