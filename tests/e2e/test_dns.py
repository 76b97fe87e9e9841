"""Names: looked up once, kept for their TTL, every address tried, failures told apart."""

import time
from collections.abc import Iterator

import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, item
from support.dns_server import NXDOMAIN, REFUSED, SERVFAIL, DnsServer, Zone, addresses
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import SAMPLE, Script, answer
from support.scripted_origin import ScriptedOrigin
from support.sockets import black_hole
from support.timing import SLOWNESS, TOLERANCE_S
from support.verdict import SAMPLED, Failed, verdict

NOT_FOUND = Failed("DNS", "NOT_SENT", "DNS")
HAPPY_EYEBALLS_S = 0.25
# Of a failed lookup, and the least that any TTL counts for.
SHORTEST_TTL_S = 1.0
CLOSING = Script(answer(headers=b"Connection: close\r\n"))


@pytest.fixture(scope="module")
def dns(thread: LoopThread) -> Iterator[DnsServer]:
    with DnsServer(thread) as server:
        yield server


@pytest.fixture(scope="module")
def named_gate(dns: DnsServer) -> Iterator[Gate]:
    with Gate(*ALLOW_LOOPBACK, f"--dns-server={dns.address}", "--shards=1") as gate:
        yield gate


@pytest.fixture
def client(named_gate: Gate) -> Iterator[Client]:
    with Client(named_gate.address) as made:
        yield made
    assert named_gate.running, named_gate.stderr


def test_waiters_share_one_lookup(
    client: Client, dns: DnsServer, origin: ScriptedOrigin, thread: LoopThread
) -> None:
    dns.zones["shared.test"] = Zone(("127.0.0.1",), delay_s=0.1)
    with ScriptedOrigin(thread) as other:
        urls = [where.url(host="shared.test") for where in (origin, other) for _ in range(50)]
        results = client.post([item(url) for url in urls])
    assert all(result.response.status == 200 for result in results)
    assert dns.queries("shared.test") == 1


def test_spellings_of_a_name_are_one(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    dns.zones["spelled.test"] = addresses("127.0.0.1")
    for host in ("spelled.test", "SPELLED.Test", "spelled.test."):
        assert verdict(client.post_one(origin.url(token=SAMPLE, host=host))) == SAMPLED
    assert dns.queries("spelled.test") == 1
    assert len(origin.connections) == 1


def test_the_ttl_is_honoured(client: Client, dns: DnsServer, origin: ScriptedOrigin) -> None:
    dns.zones["short.test"] = addresses("127.0.0.1", ttl_s=1)
    dns.zones["long.test"] = addresses("127.0.0.1", ttl_s=60)
    origin.scripts["closing"] = CLOSING
    for _ in range(2):
        for name in ("short.test", "long.test"):
            assert client.post_one(origin.url("closing", host=name)).response.status == 200
    time.sleep(SHORTEST_TTL_S + 0.2)
    for name in ("short.test", "long.test"):
        assert client.post_one(origin.url("closing", host=name)).response.status == 200
    assert (dns.queries("short.test"), dns.queries("long.test")) == (2, 1)


def test_a_ttl_of_nothing_counts_for_a_second(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    dns.zones["zero.test"] = addresses("127.0.0.1", ttl_s=0)
    origin.scripts["closing"] = CLOSING
    for _ in range(3):
        assert client.post_one(origin.url("closing", host="zero.test")).response.status == 200
    assert dns.queries("zero.test") == 1


def test_a_changed_answer_is_followed(
    client: Client, dns: DnsServer, origin: ScriptedOrigin, thread: LoopThread
) -> None:
    origin.scripts["closing"] = CLOSING
    with ScriptedOrigin(thread, host="127.0.0.2", port=origin.port) as moved:
        dns.zones["moving.test"] = addresses("127.0.0.1", ttl_s=1)
        assert client.post_one(origin.url("closing", host="moving.test")).response.status == 200
        dns.zones["moving.test"] = addresses("127.0.0.2", ttl_s=1)
        time.sleep(SHORTEST_TTL_S + 0.2)
        assert client.post_one(origin.url(host="moving.test")).response.status == 200
        assert (len(origin.requests), len(moved.requests)) == (1, 1)


FAILURES = {
    "NXDOMAIN": Zone(rcode=NXDOMAIN),
    "SERVFAIL": Zone(rcode=SERVFAIL),
    "REFUSED": Zone(rcode=REFUSED),
    "no address": Zone(),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_failed_lookups(client: Client, dns: DnsServer, origin: ScriptedOrigin, kind: str) -> None:
    name = kind.lower().replace(" ", "-") + ".test"
    dns.zones[name] = FAILURES[kind]
    bad, good = client.post([item(f"http://{name}/"), item(origin.url(token=SAMPLE))])
    assert verdict(bad) == NOT_FOUND
    assert name in bad.failure.message
    assert verdict(good) == SAMPLED


def test_a_failure_is_kept_for_a_second(client: Client, dns: DnsServer) -> None:
    for _ in range(5):
        assert verdict(client.post_one("http://gone.test/")) == NOT_FOUND
    assert dns.queries("gone.test") == 1
    time.sleep(SHORTEST_TTL_S + 0.2)
    assert verdict(client.post_one("http://gone.test/")) == NOT_FOUND
    assert dns.queries("gone.test") == 2


def test_a_name_that_appears_is_found(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    url = origin.url(token=SAMPLE, host="newborn.test")
    assert verdict(client.post_one(url)) == NOT_FOUND
    dns.zones["newborn.test"] = addresses("127.0.0.1")
    time.sleep(SHORTEST_TTL_S + 0.2)
    assert verdict(client.post_one(url)) == SAMPLED


def test_a_dead_name_delays_nobody_else(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    for number in range(100):
        dns.zones[f"dead-{number}.test"] = Zone(silent=True)
    dns.zones["lively.test"] = addresses("127.0.0.1")
    dead = [item(f"http://dead-{number}.test/", timeout=2.0 * SLOWNESS) for number in range(100)]
    start = time.monotonic()
    stream = client.stream([*dead, item(origin.url(token=SAMPLE, host="lively.test"))])
    assert verdict(next(stream)) == SAMPLED
    assert time.monotonic() - start < TOLERANCE_S
    rest = [verdict(result) for result in stream]
    assert rest == [Failed("TIMEOUT", "NOT_SENT", "DNS")] * len(dead)


def test_a_slow_answer_is_used(client: Client, dns: DnsServer, origin: ScriptedOrigin) -> None:
    dns.zones["slow.test"] = Zone(("127.0.0.1",), delay_s=0.4)
    result = client.post_one(origin.url(token=SAMPLE, host="slow.test"))
    assert verdict(result) == SAMPLED
    assert result.attempts[-1].dns_us > 300_000


def test_a_truncated_answer_is_asked_for_over_tcp(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    dns.zones["long-answer.test"] = Zone(("127.0.0.1",), over_tcp_only=True)
    url = origin.url(token=SAMPLE, host="long-answer.test")
    assert verdict(client.post_one(url)) == SAMPLED
    assert dns.tcp_queries["long-answer.test", "A"] == 1


# --- which address ----------------------------------------------------------------------------


def test_a_refusing_address_is_passed_over(
    client: Client, dns: DnsServer, origin: ScriptedOrigin
) -> None:
    dns.zones["refusing.test"] = addresses("127.0.0.9", "127.0.0.1")
    result = client.post_one(origin.url(token=SAMPLE, host="refusing.test"))
    assert verdict(result) == SAMPLED
    assert result.attempts[-1].remote_address == origin.authority


@pytest.mark.parametrize("dead", ["127.0.0.9", "::1"])
def test_a_dead_address_costs_a_quarter_of_a_second(
    client: Client, dns: DnsServer, origin: ScriptedOrigin, dead: str
) -> None:
    name = f"eyeballs-{len(dead)}.test"
    dns.zones[name] = addresses(dead, "127.0.0.1")
    with black_hole(dead, origin.port):
        start = time.monotonic()
        result = client.post_one(origin.url(token=SAMPLE, host=name))
        took_s = time.monotonic() - start
    assert verdict(result) == SAMPLED
    assert result.attempts[-1].remote_address == origin.authority
    assert HAPPY_EYEBALLS_S - 0.05 <= took_s <= HAPPY_EYEBALLS_S + TOLERANCE_S


def test_no_address_answers(client: Client, dns: DnsServer, origin: ScriptedOrigin) -> None:
    dns.zones["all-refuse.test"] = addresses("127.0.0.8", "127.0.0.9")
    result = client.post_one(origin.url(host="all-refuse.test"))
    assert verdict(result) == Failed("CONNECT", "NOT_SENT", "CONNECT")


def test_a_thousand_addresses(client: Client, dns: DnsServer, origin: ScriptedOrigin) -> None:
    many = tuple(f"127.1.{n // 250}.{n % 250 + 1}" for n in range(1000))
    dns.zones["many.test"] = Zone(("127.0.0.1", *many), over_tcp_only=True)
    assert verdict(client.post_one(origin.url(token=SAMPLE, host="many.test"))) == SAMPLED
    dns.zones["many-dead.test"] = Zone(many, over_tcp_only=True)
    result = client.post_one(origin.url(host="many-dead.test"))
    assert verdict(result) == Failed("CONNECT", "NOT_SENT", "CONNECT")


def test_ipv6_only(client: Client, dns: DnsServer, thread: LoopThread) -> None:
    dns.zones["six.test"] = addresses("::1")
    with ScriptedOrigin(thread, host="::1") as origin:
        result = client.post_one(origin.url(token=SAMPLE, host="six.test"))
    assert verdict(result) == SAMPLED
    assert result.attempts[-1].remote_address == origin.authority


# --- forbidden addresses ----------------------------------------------------------------------


@pytest.fixture
def strict(dns: DnsServer) -> Iterator[Client]:
    """A client of a gate that may dial 127.0.0.2 and no other special address."""
    flags = ("--allow-cidr=127.0.0.2/32", f"--dns-server={dns.address}")
    with Gate(*flags) as gate, Client(gate.address) as client:
        yield client


FORBIDDEN = {
    "loopback": ("127.0.0.1",),
    "loopback-six": ("::1",),
    "mapped": ("::ffff:127.0.0.1",),
    "private": ("10.0.0.1",),
    "metadata": ("169.254.169.254",),
    "mixed": ("127.0.0.2", "127.0.0.1"),
    "mixed-other-order": ("127.0.0.1", "127.0.0.2"),
    "mixed-families": ("127.0.0.2", "::1"),
}


def test_a_name_at_a_forbidden_address_is_denied(
    strict: Client, dns: DnsServer, thread: LoopThread
) -> None:
    with (
        ScriptedOrigin(thread) as loopback,
        ScriptedOrigin(thread, host="::1", port=loopback.port) as six,
        ScriptedOrigin(thread, host="127.0.0.2", port=loopback.port) as allowed,
    ):
        dns.zones["allowed.test"] = addresses("127.0.0.2")
        for name, where in FORBIDDEN.items():
            dns.zones[f"{name}.test"] = addresses(*where)
        items = [item(loopback.url(host=f"{name}.test")) for name in FORBIDDEN]
        *denied, fine = strict.post([*items, item(allowed.url(token=SAMPLE, host="allowed.test"))])
        for name, result in zip(FORBIDDEN, denied):
            got = verdict(result)
            assert isinstance(got, Failed), name
            assert (got.code, got.delivery) == ("POLICY_DENIED", "NOT_SENT"), name
        assert verdict(fine) == SAMPLED
        assert loopback.connections == six.connections == []
        assert len(allowed.connections) == 1


def test_a_name_that_moves_to_a_forbidden_address(
    strict: Client, dns: DnsServer, thread: LoopThread
) -> None:
    """Rebinding: the address that is dialled is the one that is checked."""
    with (
        ScriptedOrigin(thread) as loopback,
        ScriptedOrigin(thread, host="127.0.0.2", port=loopback.port) as allowed,
    ):
        allowed.scripts["closing"] = CLOSING
        dns.zones["rebind.test"] = addresses("127.0.0.2", ttl_s=1)
        assert strict.post_one(allowed.url("closing", host="rebind.test")).response.status == 200
        dns.zones["rebind.test"] = addresses("127.0.0.1", ttl_s=1)
        time.sleep(SHORTEST_TTL_S + 0.2)
        got = verdict(strict.post_one(allowed.url(host="rebind.test")))
        assert isinstance(got, Failed)
        assert (got.code, got.delivery) == ("POLICY_DENIED", "NOT_SENT")
        assert loopback.connections == []
