package doctor

import (
	"fmt"
	"net/http"
	"testing"
)

func TestNames(t *testing.T) {
	b := newBench(t)
	b.want("names", OK, "no daemon")
	answer := `{}`
	b.serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/status" {
			fmt.Fprint(w, answer)
		}
	})
	b.want("names", OK, "dns_listen is off")
	answer = `{"dns": {"listen": "127.0.0.1:42069"}}`
	b.want("names", OK, "answered for at 127.0.0.1:42069")
	answer = `{"dns": {"listen": "127.0.0.1:42069", "problem": "listen tcp 127.0.0.1:42069: address already in use"}}`
	b.want("names", Warn, "address already in use", "set dns_listen to another")
	answer = `<html>`
	b.want("names", OK, "no daemon")
}
