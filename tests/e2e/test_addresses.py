"""Destinations that are refused unless opened, however they are spelled."""

from collections.abc import Iterator

import pytest
from support.client import Client, item
from support.dns_server import DnsServer, addresses
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import SAMPLE
from support.scripted_origin import ScriptedOrigin
from support.verdict import SAMPLED, Answer, Failed, verdict

TIMEOUT_S = 5.0

# Of the IANA special-purpose registries, and IPv4 embedded in IPv6.
FORBIDDEN_LITERALS = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 "
    "169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.0.1 198.18.0.1 "
    "198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    "[::] [::1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] "
    "[::ffff:169.254.169.254] [64:ff9b::127.0.0.1] [64:ff9b::a00:1] [64:ff9b:1::1] [100::1] "
    "[2001::1] [2001:db8::1] [2002:7f00:1::] [2002:a00:1::1] [fc00::1] [fd00:ec2::254] [fe80::1] "
    "[fec0::1] [ff02::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001]"
).split()

# Names to a URL parser, 127.0.0.1 to some resolvers.
SPELLINGS = (
    "127.1 127.0.1 2130706433 0x7f.1 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.0.0.1. 0 "
    "127.0.0.01 localhost localhost. LOCALHOST foo.localhost"
).split()

DENIED = Failed("POLICY_DENIED", "NOT_SENT")


@pytest.fixture(scope="module")
def closed(thread: LoopThread) -> Iterator[Client]:
    """A client of a gate with nothing opened; its name server has 127.0.0.1 for every spelling."""
    zones = {spelling.rstrip(".").lower(): addresses("127.0.0.1") for spelling in SPELLINGS}
    with DnsServer(thread, zones) as dns, Gate(f"--dns-server={dns.address}") as gate:
        with Client(gate.address) as client:
            yield client


@pytest.fixture
def anyone(thread: LoopThread) -> Iterator[ScriptedOrigin]:
    """An origin on every address of this machine."""
    with ScriptedOrigin(thread, host="::") as made:
        yield made


def code_and_delivery(client: Client, urls: list[str]) -> list[Failed | Answer]:
    got = [
        verdict(result) for result in client.post([item(url, timeout=TIMEOUT_S) for url in urls])
    ]
    return [Failed(v.code, v.delivery) if isinstance(v, Failed) else v for v in got]


def test_special_addresses_are_denied(closed: Client, anyone: ScriptedOrigin) -> None:
    urls = [anyone.url(host=literal) for literal in FORBIDDEN_LITERALS]
    urls += [url.replace("http:", "https:") for url in urls]
    got = code_and_delivery(closed, urls)
    assert dict(zip(urls, got)) == dict.fromkeys(urls, DENIED)
    assert anyone.connections == []


def test_every_spelling_is_denied(closed: Client, anyone: ScriptedOrigin) -> None:
    """Or refused as malformed, or not found: nothing is dialled."""
    got = code_and_delivery(closed, [anyone.url(host=spelling) for spelling in SPELLINGS])
    nothing_dialled = {DENIED, Failed("INVALID_ITEM", "NOT_SENT"), Failed("DNS", "NOT_SENT")}
    wrong = {s: v for s, v in zip(SPELLINGS, got) if v not in nothing_dialled}
    assert not wrong
    assert dict(zip(SPELLINGS, got))["localhost"] == DENIED
    assert anyone.connections == []


def test_the_denial_says_why(closed: Client, anyone: ScriptedOrigin) -> None:
    result = closed.post_one(anyone.url(host="localhost"))
    assert "localhost" in result.failure.message
    assert "loopback" in result.failure.message.lower()


def test_only_what_is_opened_is_dialled(thread: LoopThread) -> None:
    with (
        ScriptedOrigin(thread, host="127.0.0.2") as opened,
        ScriptedOrigin(thread, host="127.0.0.1", port=opened.port) as other,
        ScriptedOrigin(thread, host="::1", port=opened.port) as six,
        Gate("--allow-cidr=127.0.0.2/32") as gate,
        Client(gate.address) as client,
    ):
        urls = [origin.url(token=SAMPLE) for origin in (opened, other, six)]
        assert code_and_delivery(client, urls) == [SAMPLED, DENIED, DENIED]
        assert (len(other.connections), len(six.connections)) == (0, 0)


def test_several_ranges_may_be_opened(thread: LoopThread) -> None:
    with (
        ScriptedOrigin(thread) as four,
        ScriptedOrigin(thread, host="::1") as six,
        Gate("--allow-cidr=127.0.0.0/8", "--allow-cidr=::1/128") as gate,
        Client(gate.address) as client,
    ):
        urls = [where.url(token=SAMPLE) for where in (four, six)]
        urls += ["http://10.0.0.1/", "http://[fe80::1]/"]
        expected = [SAMPLED, SAMPLED, DENIED, DENIED]
        assert code_and_delivery(client, urls) == expected


def test_an_environment_proxy_is_ignored(
    origin: ScriptedOrigin, thread: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedOrigin(thread) as proxy:
        with monkeypatch.context() as environment:  # of the daemon only: grpcio would heed it too
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                environment.setenv(name, f"http://{proxy.authority}")
            gate = Gate("--allow-cidr=127.0.0.0/8")
        with gate, Client(gate.address) as client:
            assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED
        assert proxy.connections == []
