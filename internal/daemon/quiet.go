package daemon

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// quiet are the connections without a request under way.
type quiet struct {
	mu     sync.Mutex
	conns  list.List // the longest quiet first
	at     map[net.Conn]*list.Element
	wanted bool // somebody waits for a place
}

// note is the HTTP server's word of a connection (http.Server.ConnState).
func (q *quiet) note(conn net.Conn, state http.ConnState) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.at[conn]; e != nil {
		q.conns.Remove(e)
		delete(q.at, conn)
	}
	if state == http.StateNew || state == http.StateIdle {
		q.at[conn] = q.conns.PushBack(conn)
		q.dismiss()
	}
}

// want says whether somebody waits for a place.
func (q *quiet) want(wanted bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wanted = wanted
	q.dismiss()
}

// dismiss closes the connection that has been quiet for longest, if its place is wanted. mu is held.
func (q *quiet) dismiss() {
	e := q.conns.Front()
	if !q.wanted || e == nil {
		return
	}
	q.wanted = false // one is enough
	conn := q.conns.Remove(e).(net.Conn)
	delete(q.at, conn)
	conn.Close()
}
