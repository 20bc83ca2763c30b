package resolver

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// types are those that guests have a use for. ANY, zone transfers and what is obsolete are not among them.
var types = map[uint16]bool{
	dns.TypeA: true, dns.TypeAAAA: true, dns.TypeCNAME: true, dns.TypePTR: true, dns.TypeHTTPS: true, dns.TypeSVCB: true,
	dns.TypeMX: true, dns.TypeTXT: true, dns.TypeSRV: true, dns.TypeNS: true, dns.TypeSOA: true, dns.TypeCAA: true, dns.TypeNAPTR: true,
	dns.TypeURI: true, dns.TypeTLSA: true, dns.TypeSSHFP: true, dns.TypeDS: true, dns.TypeDNSKEY: true,
}

// headerSize is that of a message without anything in it.
const headerSize = 12

// isQuery: it has a header, which says that it wants an answer. An answer that is answered could go on for ever.
func isQuery(message []byte) bool { return len(message) >= headerSize && message[2]&0x80 == 0 }

// formatError is the answer to what cannot be read.
func formatError(query []byte) []byte {
	m := dns.Msg{MsgHdr: dns.MsgHdr{
		Id: binary.BigEndian.Uint16(query), Response: true, RecursionAvailable: true,
		Opcode: int(query[2]>>3) & 0xf, RecursionDesired: query[2]&1 != 0, Rcode: dns.RcodeFormatError,
	}}
	packed, _ := m.Pack()
	return packed
}

// objection is the code that a query is turned down with, before its name is looked at; RcodeSuccess for none.
func objection(m *dns.Msg) (rcode int, why string) {
	options := 0
	for _, rr := range m.Extra {
		if rr.Header().Rrtype == dns.TypeOPT {
			options++
		}
	}
	switch opt := m.IsEdns0(); {
	case m.Opcode != dns.OpcodeQuery:
		return dns.RcodeNotImplemented, "only queries are answered"
	case len(m.Question) != 1 || len(m.Answer) > 0 || len(m.Ns) > 0 || options > 1:
		return dns.RcodeFormatError, "a query has one question and no answer"
	case opt != nil && opt.Version() != 0:
		return dns.RcodeBadVers, "EDNS has no other version than 0 here"
	case m.Question[0].Qclass != dns.ClassINET:
		return dns.RcodeRefused, "only the internet's class is answered"
	case !types[m.Question[0].Qtype]:
		return dns.RcodeRefused, "this type is not answered"
	}
	return dns.RcodeSuccess, ""
}

// reply packs what the guest is told, cut to what it can take.
func reply(network string, request *dns.Msg, a answer) []byte {
	m := new(dns.Msg).SetReply(request)
	m.RecursionAvailable = true
	m.Rcode, m.Answer, m.Ns = a.rcode, a.records, a.soa
	size := dns.MinMsgSize
	if opt := request.IsEdns0(); opt != nil {
		size = min(int(opt.UDPSize()), udpSize)
		m.SetEdns0(udpSize, false)
		if a.ede != nil {
			m.IsEdns0().Option = append(m.IsEdns0().Option, a.ede)
		}
	}
	if network == "tcp" {
		size = dns.MaxMsgSize
	}
	m.Truncate(size)
	packed, err := m.Pack()
	if err != nil { // a record from outside that cannot be written again
		m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
		packed, _ = m.Pack()
	}
	return packed
}

// failure is an answer that is only a code, and why.
func failure(rcode int, code uint16, why string) answer {
	return answer{rcode: rcode, ede: &dns.EDNS0_EDE{InfoCode: code, ExtraText: why}}
}
