// Package proxy shows guests' web servers to the browser on this host: http://NAME.localhost:7788 is the VM called NAME. Browsers take every
// name below localhost for the loopback (RFC 6761), so nothing need be set up.
//
// A proxy on a fixed port is open to every web page that a browser of this host shows, and so is what lies behind it. What
// keeps pages out is this:
//
//   - The Host header must be exactly a known name below localhost, with this listener's port or none; else the answer is 421. A
//     name of somebody's own that leads to the loopback (DNS rebinding) reaches nothing, and learns no VM's name.
//   - Each VM is an origin of its own. A request that can change something (all but GET, HEAD and OPTIONS) and comes from another
//     origin, by Sec-Fetch-Site or else by Origin, is refused with 403. Another VM's page is another origin on the same site, and
//     "same-site" is refused as well. net/http's CrossOriginProtection decides.
//   - An upgraded connection (WebSocket) is subject to no origin policy of the browser's, so it counts as a request that can change something, and an
//     Origin must be this very one: not even Sec-Fetch-Site can talk it away.
//   - Who may connect at all is asked about each connection (Config.Admit): the loopback is every user's of this host.
//
// What is let through goes to the guest and nowhere else, with the Host that the browser sent. The guest is an enemy: its header is bounded, and what
// the proxy itself says about it is plain text without control characters. What its pages do in the browser is between the two; cookies
// are the VM's own, because its name is.
package proxy
