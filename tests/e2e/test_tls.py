"""TLS to origins: verified in full, or not one byte of the request is sent."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from conftest import ALLOW_LOOPBACK
from support.certs import Authority, Leaf
from support.client import Client
from support.dns_server import DnsServer, addresses
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import End, Pause, SAMPLE, Script, answer
from support.scripted_origin import ScriptedOrigin
from support.verdict import SAMPLED, Failed, verdict

REFUSED = Failed("TLS", "NOT_SENT", "TLS")
HOST = "origin.test"


@pytest.fixture(scope="module")
def client(thread: LoopThread, authority: Authority) -> Iterator[Client]:
    zones = {name: addresses("127.0.0.1") for name in (HOST, "a.wild.test", "a.b.wild.test")}
    with DnsServer(thread, zones) as dns:
        flags = (f"--ca-file={authority.certificate}", f"--dns-server={dns.address}")
        with Gate(*ALLOW_LOOPBACK, *flags) as gate, Client(gate.address) as made:
            yield made


@pytest.fixture
def good(authority: Authority) -> Leaf:
    return authority.leaf("good", san=f"DNS:{HOST}")


def serving(thread: LoopThread, context: ssl.SSLContext) -> ScriptedOrigin:
    return ScriptedOrigin(thread, tls=context)


@dataclass(frozen=True)
class Certificate:
    """What is wrong with a leaf for `host`, and a word of the failure that says so."""

    san: str
    why: str
    host: str = HOST
    common_name: str = ""
    days: int = 2


BAD_CERTIFICATES = {
    "expired": Certificate(f"DNS:{HOST}", "expired", days=-1),
    "another host": Certificate("DNS:other.test", "mismatch"),
    "a name only in the CN": Certificate("", "mismatch", common_name=HOST),
    "a name only in the CN, others in the SAN": Certificate(
        "DNS:other.test", "mismatch", common_name=HOST
    ),
    "an IP without IP SAN": Certificate("DNS:origin.test", "mismatch", host="127.0.0.1"),
    "an IP as a DNS SAN": Certificate("DNS:127.0.0.1", "mismatch", host="127.0.0.1"),
    "an IP only in the CN": Certificate("", "mismatch", host="127.0.0.1", common_name="127.0.0.1"),
    "another IP": Certificate("IP:127.0.0.2", "mismatch", host="127.0.0.1"),
    "a wildcard over two labels": Certificate("DNS:*.wild.test", "mismatch", host="a.b.wild.test"),
    "a partial wildcard": Certificate("DNS:o*.test", "mismatch"),
}


@pytest.mark.parametrize("name", BAD_CERTIFICATES)
def test_bad_certificates(
    client: Client, authority: Authority, thread: LoopThread, name: str
) -> None:
    bad = BAD_CERTIFICATES[name]
    leaf = authority.leaf("bad", bad.san, bad.common_name, bad.days)
    with serving(thread, leaf.context()) as origin:
        result = client.post_one(origin.url(host=bad.host))
    assert verdict(result) == REFUSED
    assert bad.why in result.failure.message.lower()
    assert bad.host in result.failure.message
    assert origin.requests == []


def test_a_self_signed_certificate(
    client: Client, authority: Authority, thread: LoopThread
) -> None:
    leaf = authority.self_signed("self", f"DNS:{HOST}")
    with serving(thread, leaf.context()) as origin:
        result = client.post_one(origin.url(host=HOST))
    assert verdict(result) == REFUSED
    assert "self-signed" in result.failure.message
    assert origin.requests == []


def test_without_the_ca_file_its_certificates_are_unknown(good: Leaf, thread: LoopThread) -> None:
    with DnsServer(thread, {HOST: addresses("127.0.0.1")}) as dns:
        with (
            serving(thread, good.context()) as origin,
            Gate(*ALLOW_LOOPBACK, f"--dns-server={dns.address}") as gate,
            Client(gate.address) as client,
        ):
            assert verdict(client.post_one(origin.url(host=HOST))) == REFUSED
    assert origin.requests == []


GOOD_CERTIFICATES = {
    "a DNS name": (f"DNS:{HOST}", HOST),
    "one of several": (f"DNS:other.test,DNS:{HOST}", HOST),
    "an IP SAN": ("IP:127.0.0.1", "127.0.0.1"),
    "a wildcard": ("DNS:*.wild.test", "a.wild.test"),
    "upper case": (f"DNS:{HOST}", HOST.upper()),
    "a trailing dot": (f"DNS:{HOST}", HOST + "."),
}


@pytest.mark.parametrize("name", GOOD_CERTIFICATES)
def test_good_certificates(
    client: Client, authority: Authority, thread: LoopThread, name: str
) -> None:
    san, host = GOOD_CERTIFICATES[name]
    with serving(thread, authority.leaf("fine", san).context()) as origin:
        result = client.post_one(origin.url(token=SAMPLE, host=host))
    assert verdict(result) == SAMPLED
    assert result.attempts[-1].tls_us > 0
    (connection,) = origin.connections
    assert connection.tls_version == "TLSv1.3"
    named = None if host == "127.0.0.1" else host.lower().rstrip(".")
    assert connection.server_name == named


def test_tls_1_2_is_spoken(client: Client, good: Leaf, thread: LoopThread) -> None:
    context = good.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving(thread, context) as origin:
        assert verdict(client.post_one(origin.url(token=SAMPLE, host=HOST))) == SAMPLED
    assert origin.connections[0].tls_version == "TLSv1.2"


def test_tls_1_1_is_not(client: Client, good: Leaf, thread: LoopThread) -> None:
    with serving(thread, good.old_tls_context()) as origin:
        result = client.post_one(origin.url(host=HOST))
    assert verdict(result) == REFUSED
    assert origin.requests == []


PLAINTEXT = {
    "an HTTP answer": Script(answer(status="400 Bad Request"), End.CLOSE),
    "garbage": Script(b"\x00" * 100, End.CLOSE),
    "a close": Script(End.CLOSE),
    "a reset": Script(Pause(0.02), End.RESET),
    "half a record": Script(b"\x16\x03\x03\x00\x7a\x02", End.CLOSE),
    "an alert": Script(b"\x15\x03\x03\x00\x02\x02\x28", End.CLOSE),
}


@pytest.mark.parametrize("name", PLAINTEXT)
def test_something_else_on_the_tls_port(client: Client, thread: LoopThread, name: str) -> None:
    with ScriptedOrigin(thread, on_accept=PLAINTEXT[name]) as origin:
        result = client.post_one(f"https://{origin.authority}/", timeout=10.0)
    assert verdict(result) == REFUSED
    assert result.failure.message


def test_plaintext_before_the_handshake(client: Client, thread: LoopThread) -> None:
    """Bytes injected before the handshake are never taken for an answer."""
    with ScriptedOrigin(thread, on_accept=Script(answer(), End.HANG)) as origin:
        assert verdict(client.post_one(f"https://{origin.authority}/", timeout=10.0)) == REFUSED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(
    client: Client, good: Leaf, thread: LoopThread, version: ssl.TLSVersion
) -> None:
    context = good.context()
    context.minimum_version = context.maximum_version = version
    with serving(thread, context) as origin:
        origin.scripts["closing"] = Script(answer(headers=b"Connection: close\r\n"), End.CLOSE)
        for _ in range(3):
            assert client.post_one(origin.url("closing", host=HOST)).response.status == 200
    assert [connection.resumed for connection in origin.connections] == [False, True, True]


def test_a_session_is_of_one_host_only(
    client: Client, authority: Authority, thread: LoopThread
) -> None:
    """Resumption skips verification: a session must not vouch for another name."""
    leaf = authority.leaf("narrow", san=f"DNS:{HOST}")
    with serving(thread, leaf.context()) as origin:
        assert client.post_one(origin.url(host=HOST)).response.status == 200
        assert verdict(client.post_one(origin.url(host="a.wild.test"))) == REFUSED
    assert not any(connection.resumed for connection in origin.connections)
