package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"
)

// where tells which address and name a request was for.
func where(w http.ResponseWriter, r *http.Request) {
	sni := ""
	if r.TLS != nil {
		sni = " SNI " + r.TLS.ServerName
	}
	fmt.Fprintf(w, "%s as %s%s\n", r.Context().Value(http.LocalAddrContextKey), r.Host, sni)
}

// serveHost serves what is the host's own.
func serveHost() error {
	for _, address := range []string{"127.0.0.1:5432", "127.0.0.1:6379", ":8080"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go http.Serve(l, http.HandlerFunc(where))
	}
	return nil
}

// serveWorld serves what everybody else has.
func serveWorld(www string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/where", where)
	mux.Handle("/", http.FileServer(http.Dir(www)))
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	for _, port := range []string{":80", ":8080", ":443"} {
		l, err := net.Listen("tcp", port)
		if err != nil {
			return err
		}
		if port == ":443" {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
		}
		go http.Serve(l, mux)
	}
	for _, address := range []string{"93.184.215.14:7", "[2606:2800::14]:7"} {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		go echoDatagrams(c)
	}
	return echoStreams(":7")
}

// selfSigned is a certificate that a client must not look at closely.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func echoDatagrams(c net.PacketConn) {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		c.WriteTo(buf[:n], from)
	}
}

func echoStreams(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return nil
}
