package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// forward asks the host's servers, one after the other and all twice, and gives the first message that answers.
func (r *Resolver) forward(ctx context.Context, q question) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, r.patience.query)
	defer cancel()
	select {
	case r.forwards <- struct{}{}:
		defer func() { <-r.forwards }()
	case <-ctx.Done():
		return nil, errors.New("too many names are being resolved for this VM")
	}
	servers := r.config.Upstreams()
	err := errors.New("the host knows no DNS server")
	for _, edns := range []bool{true, false} { // servers that do not know EDNS fail the first time
		for _, server := range servers {
			var message *dns.Msg
			if message, err = r.ask(ctx, server, q, edns); err == nil {
				return message, nil
			}
			if ctx.Err() != nil {
				return nil, err
			}
		}
	}
	return nil, err
}

// ask asks one server, by TCP when the answer is too long for UDP.
func (r *Resolver) ask(ctx context.Context, server netip.AddrPort, q question, edns bool) (*dns.Msg, error) {
	query := new(dns.Msg).SetQuestion(dns.Fqdn(q.name), q.qtype)
	if edns {
		query.SetEdns0(udpSize, false)
	}
	message, err := r.exchange(ctx, "udp", server, query)
	if err == nil && message.Truncated {
		message, err = r.exchange(ctx, "tcp", server, query)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the host's DNS server %s: %w", server, err)
	}
	if message.Rcode != dns.RcodeSuccess && message.Rcode != dns.RcodeNameError {
		return nil, fmt.Errorf("ask the host's DNS server %s: it says %s", server, dns.RcodeToString[message.Rcode])
	}
	return message, nil
}

func (r *Resolver) exchange(ctx context.Context, network string, server netip.AddrPort, query *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, r.patience.attempt)
	defer cancel()
	raw, err := r.config.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	conn := &dns.Conn{Conn: raw, UDPSize: udpSize}
	if err := conn.WriteMsg(query); err != nil {
		return nil, err
	}
	message, err := await(conn, query)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("no answer in %v", r.patience.attempt)
	}
	return message, err
}

// await reads until a message answers the query. Others may come first: late ones, and those of whoever would like to answer in the server's place.
func await(conn *dns.Conn, query *dns.Msg) (*dns.Msg, error) {
	for range maxStray {
		raw, err := conn.ReadMsgHeader(nil)
		if err != nil && !errors.Is(err, dns.ErrShortRead) {
			return nil, err
		}
		message := new(dns.Msg)
		if message.Unpack(raw) == nil && answers(message, query) {
			return message, nil
		}
	}
	return nil, errors.New("it answers something else than what it was asked")
}

func answers(message, query *dns.Msg) bool {
	if !message.Response || message.Id != query.Id || message.Opcode != dns.OpcodeQuery {
		return false
	}
	if len(message.Question) == 0 { // servers that could not read the query
		return message.Rcode != dns.RcodeSuccess && message.Rcode != dns.RcodeNameError
	}
	got, want := message.Question[0], query.Question[0]
	return len(message.Question) == 1 && got.Qtype == want.Qtype && got.Qclass == want.Qclass && strings.EqualFold(got.Name, want.Name)
}
