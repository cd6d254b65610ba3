"""Between DNS messages and the zone's records, by dnslib; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import dnslib
from dnslib import DNSRecord

from services.node_agent.network.dns import records
from services.node_agent.network.dns.records import Answer, Record

TTL = 5  # seconds; endpoints change fast
PLAIN_SIZE = 512
LARGEST_UDP = 1232  # what passes every link unfragmented
FORMERR, SERVFAIL, NOTIMP, REFUSED = 1, 2, 4, 5


class Question(NamedTuple):
    message: DNSRecord
    name: str  # without final dot, in the case it was asked
    type: int
    udp_size: int


def parse(data: bytes) -> Question | bytes | None:
    """The question; or the answer to send when it cannot be one; None for what is to be ignored."""
    if len(data) < 12 or data[2] & 0x80:
        return None  # answers to answers would go on for ever
    try:
        message = DNSRecord.parse(data)
    except (dnslib.DNSError, ValueError, UnicodeError, IndexError):
        return _bare(data, FORMERR)
    if message.header.opcode != 0:
        return _bare(data, NOTIMP)
    if len(message.questions) != 1:
        return _bare(data, FORMERR)
    if message.q.qclass not in (1, 255):
        return _bare(data, REFUSED)
    size = next((extra.rclass for extra in message.ar if extra.rtype == dnslib.QTYPE.OPT), PLAIN_SIZE)
    name = str(message.q.qname).rstrip(".")
    return Question(message, name, message.q.qtype, max(min(size, LARGEST_UDP), PLAIN_SIZE))


def reply(question: Question, answer: Answer, domain: str, server: str, serial: int) -> DNSRecord:
    """An authoritative answer; nothing found comes with the SOA that says how long to believe it."""
    message = question.message.reply(ra=1, aa=1)
    message.header.rcode = answer.code
    for record in answer.records:
        message.add_answer(_rr(record, question))
    for record in answer.extra:
        message.add_ar(_rr(record, question))
    if not answer.records:
        soa = dnslib.SOA(server, f"hostmaster.{domain}", (serial, 7200, 1800, 86400, TTL))
        message.add_auth(dnslib.RR(domain, records.SOA, ttl=TTL, rdata=soa))
    _answer_edns(question, message)
    return message


def failure(question: Question, code: int) -> DNSRecord:
    message = question.message.reply(ra=1, aa=0)
    message.header.rcode = code
    _answer_edns(question, message)
    return message


def extend(message: DNSRecord, found: DNSRecord) -> None:
    """Adds what others answered for the end of a CNAME."""
    for rr in found.rr:
        message.add_answer(rr)
    message.header.rcode = found.header.rcode
    message.auth.clear()


def packed(message: DNSRecord, limit: int) -> bytes:
    """For UDP: what is too long is cut down to the question with TC set, and the client comes back by TCP."""
    data = bytes(message.pack())
    if len(data) <= limit:
        return data
    short = message.truncate()
    return bytes(short.pack())


def query(name: str, type: int, id: int) -> bytes:
    """A recursive question of our own."""
    return bytes(DNSRecord(dnslib.DNSHeader(id=id, rd=1), q=dnslib.DNSQuestion(name, type)).pack())


def _answer_edns(question: Question, message: DNSRecord) -> None:
    if any(extra.rtype == dnslib.QTYPE.OPT for extra in question.message.ar):
        message.add_ar(dnslib.EDNS0(udp_len=LARGEST_UDP))


def _bare(data: bytes, code: int) -> bytes:
    """A header alone: same id and opcode, QR and the code set."""
    return data[:2] + bytes([0x80 | (data[2] & 0x79), code]) + bytes(8)


def _rr(record: Record, question: Question) -> dnslib.RR:
    # The name as it was asked, capitals included: some resolvers compare them (0x20).
    name = question.name if record.name == question.name.lower() else record.name
    return dnslib.RR(name, record.type, ttl=TTL, rdata=_rdata(record))


def _rdata(record: Record) -> dnslib.RD:
    if isinstance(record.data, tuple):
        return dnslib.SRV(*record.data)
    kinds = {records.A: dnslib.A, records.CNAME: dnslib.CNAME, records.PTR: dnslib.PTR, records.NS: dnslib.NS,
             records.TXT: dnslib.TXT}  # fmt: skip
    return kinds[record.type](record.data)


def addresses(data: bytes) -> Iterable[str]:
    """The A records of an answer; raises dnslib.DNSError."""
    return [str(rr.rdata) for rr in DNSRecord.parse(data).rr if rr.rtype == records.A]
