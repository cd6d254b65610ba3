from __future__ import annotations

import dnslib
import pytest

from services.node_agent.network.dns import records, wire
from services.node_agent.network.dns.records import Answer, Record


def asked(name: str, type: int = records.A, edns: int = 0) -> wire.Question:
    message = dnslib.DNSRecord.question(name, dnslib.QTYPE[type])
    if edns:
        message.add_ar(dnslib.EDNS0(udp_len=edns))
    question = wire.parse(bytes(message.pack()))
    assert isinstance(question, wire.Question)
    return question


def replied(question: wire.Question, answer: Answer) -> dnslib.DNSRecord:
    message = wire.reply(question, answer, "cluster.local", "ns.dns.cluster.local", 1)
    return dnslib.DNSRecord.parse(message.pack())


def test_an_answer_repeats_the_name_as_it_was_asked() -> None:
    question = asked("Web.Shop.svc.cluster.local")
    message = replied(question, Answer(records=[Record("web.shop.svc.cluster.local", records.A, "10.96.0.5")]))
    assert str(message.rr[0].rname) == "Web.Shop.svc.cluster.local."
    assert message.rr[0].ttl == wire.TTL
    assert (message.header.aa, message.header.ra, message.header.qr) == (1, 1, 1)


@pytest.mark.parametrize("code", [records.NOERROR, records.NXDOMAIN])
def test_nothing_found_comes_with_the_soa(code: int) -> None:
    message = replied(asked("web.cluster.local"), Answer(code))
    assert message.header.rcode == code
    assert [rr.rtype for rr in message.auth] == [records.SOA]
    assert message.auth[0].rdata.times[-1] == wire.TTL


def test_every_type_of_record_survives_the_wire() -> None:
    data: list[tuple[int, str | tuple[int, int, int, str]]] = [
        (records.A, "10.0.0.1"),
        (records.NS, "ns.example"),
        (records.CNAME, "c.example"),
        (records.PTR, "p.example"),
        (records.TXT, "1.1.0"),
        (records.SRV, (0, 100, 80, "s.example")),
    ]
    message = replied(asked("x.cluster.local"), Answer(records=[Record("x.cluster.local", t, d) for t, d in data]))
    assert [rr.rtype for rr in message.rr] == [type for type, _ in data]
    srv = message.rr[-1].rdata
    assert (srv.priority, srv.weight, srv.port, str(srv.target)) == (0, 100, 80, "s.example.")


@pytest.mark.parametrize(("edns", "size"), [(0, 512), (100, 512), (1000, 1000), (4096, wire.LARGEST_UDP)])
def test_the_size_a_client_takes(edns: int, size: int) -> None:
    assert asked("x.cluster.local", edns=edns).udp_size == size


def test_edns_is_answered_with_edns() -> None:
    assert [rr.rtype for rr in replied(asked("x.cluster.local", edns=1232), Answer()).ar] == [dnslib.QTYPE.OPT]
    assert replied(asked("x.cluster.local"), Answer()).ar == []


def test_what_is_too_long_is_cut() -> None:
    many = [Record("x.cluster.local", records.A, f"10.0.0.{n}") for n in range(100)]
    message = wire.reply(asked("x.cluster.local"), Answer(records=many), "cluster.local", "ns.cluster.local", 1)
    short = dnslib.DNSRecord.parse(wire.packed(message, 512))
    assert (short.header.tc, short.rr) == (1, [])
    assert len(dnslib.DNSRecord.parse(wire.packed(message, 65535)).rr) == 100


def test_what_is_no_question() -> None:
    question = bytes(dnslib.DNSRecord.question("x.cluster.local").pack())
    assert wire.parse(b"short") is None
    assert wire.parse(bytes(dnslib.DNSRecord.parse(question).reply().pack())) is None, "an answer is no question"
    update = bytearray(question)
    update[2] |= 5 << 3
    chaos = bytearray(question)
    chaos[-1] = 3
    for data, code in ((bytes(update), wire.NOTIMP), (question[:-3], wire.FORMERR), (bytes(chaos), wire.REFUSED)):
        answer = wire.parse(data)
        assert isinstance(answer, bytes)
        assert answer[:2] == data[:2]
        assert answer[2] & 0x80
        assert answer[3] & 0xF == code
