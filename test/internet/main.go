// Command internet stands for the internet in tests. It is started as root, in a network namespace of its own, which dies with it:
//
//	unshare --net internet FOLDER
//
// In there it answers for every address that there is, and serves what lies in FOLDER/www by HTTP. It makes a second namespace, that
// of a host which has this internet behind its only cable, and a resolv.conf that says so:
//
//	93.184.216.2, 192.168.1.2, 2606:2800:220::2   the host; on its loopback ports 5432 and 6379, everywhere port 8080
//	8.8.8.8, 1.1.1.1                              DNS, of names.go
//	every other address                           HTTP at 80 and 8080, TLS at 443, TCP echo at 7
//	93.184.215.14, 2606:2800::14                  UDP echo at 7, too
//
// What begins to reach any of this is noted: FOLDER/control, a Unix socket, gives it as a harness.Seen. When all is ready it prints
// the id of a process in the second namespace. It ends, and everything of it, when its standard input does.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"banger/test/harness"
)

func main() {
	run := func() error { return serve(os.Args[1]) }
	if os.Args[1] == hostRole {
		run = func() error { return beHost(os.Args[2]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "internet:", err)
		os.Exit(1)
	}
}

func serve(folder string) error {
	host, err := startHost(folder)
	if err != nil {
		return err
	}
	defer host.end()
	eyes, err := watch(host)
	if err != nil {
		return err
	}
	if err := errors.Join(serveNames(eyes), serveWorld(filepath.Join(folder, "www")), host.inside(serveHost)); err != nil {
		return err
	}
	control, err := net.Listen("unix", filepath.Join(folder, harness.InternetControl))
	if err != nil {
		return err
	}
	defer control.Close()
	go http.Serve(control, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(eyes.seen())
	}))
	fmt.Println(host.pid)
	io.Copy(io.Discard, os.Stdin)
	return nil
}
