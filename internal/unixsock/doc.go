// Package unixsock listens on Unix sockets and connects to them: at paths of any
// length, closed to everybody else from the first moment, and knowing who is at the
// other end.
//
// The kernel takes at most 107 bytes of path in a socket address (unix(7)), less than
// a temporary folder under a long home can have. So the socket's folder is
// opened and the socket is named relative to it, as /proc/self/fd/N/NAME.
//
//   - Listen makes the socket's file with mode 0600 from the start, not by a chmod after the
//     bind, and without touching the umask, which is the whole process's. A file that a
//     killed listener left is replaced, one that somebody still listens on is not.
//   - Dial connects. Its errors name the path, and errors.Is tells
//     fs.ErrNotExist and syscall.ECONNREFUSED: nobody listens.
//   - AllowPeer refuses everybody but root and the user that this process runs as. It must be asked
//     about every accepted connection, because a folder's mode alone can be loosened by mistake.
package unixsock
