// Package requests follows the HTTP/1 requests of a connection, so that each is decided upon before a byte of it goes on.
//
// What goes on are the bytes as they came: a head when it has been read whole, checked and decided upon, a body (by Content-Length or
// chunked) as it comes. A server must find the same requests in them, so whatever one could understand differently ends the stream: both
// lengths, several of one, other transfer codings, folded lines, line ends and blanks that the grammar does not have, tunnels.
//
// A stream may become something else when the server has agreed to it: the first request may ask for a WebSocket, and what follows a
// 101 is passed on unseen. The guest must not send more before the server has answered, as RFC 6455 has it. An upgrade of another kind,
// or later, is a request like others: should the server agree to it, what follows must still be requests.
package requests
