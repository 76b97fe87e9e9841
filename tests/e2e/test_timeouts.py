"""Deadlines: on time in every phase, with the phase and the delivery, and always a result."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import grpc
import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, Item, ItemResult, item
from support.dns_server import DnsServer, Zone
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import After, Drip, End, Endless, Pause, SAMPLE, Script, TOKEN, answer, chunk
from support.scripted_origin import ScriptedOrigin, new_token
from support.sockets import black_hole
from support.timing import SLOWNESS, TOLERANCE_S
from support.verdict import SAMPLED, Answer, Failed, verdict

MIB = 1 << 20
TIMEOUT_S = 0.5 * SLOWNESS
LONG_S = 20.0 * SLOWNESS
# What the gate grants to each of DNS, connect and TLS.
DIAL_STEP_S = 5.0
# Connections to one origin.
DEFAULT_POOL = 64
UNANSWERED_BODY = b"x" * (16 * MIB)

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY_BEGINS = HEAD + b"Content-Length: 1000\r\n\r\na"

# Script, body sent, and what is known when time runs out.
EXCHANGES: dict[str, tuple[Script, bytes, Failed]] = {
    "the request is not read": (
        Script(End.STALL, after=After.HEAD),
        UNANSWERED_BODY,
        Failed("TIMEOUT", "MAYBE_SENT", "SEND"),
    ),
    "no answer": (Script(End.HANG), b"", Failed("TIMEOUT", "MAYBE_SENT", "WAIT")),
    "silence after one byte": (
        Script(b"H", End.HANG),
        b"",
        Failed("TIMEOUT", "MAYBE_SENT", "RECEIVE"),
    ),
    "silence within the headers": (
        Script(HEAD + b"X-A: ", End.HANG),
        b"",
        Failed("TIMEOUT", "MAYBE_SENT", "RECEIVE"),
    ),
    "silence after a 100": (
        Script(b"HTTP/1.1 100 Continue\r\n\r\n", End.HANG),
        b"",
        Failed("TIMEOUT", "MAYBE_SENT", "RECEIVE"),
    ),
    "dripped headers": (
        Script(HEAD, Endless(b"X", 0.02)),
        b"",
        Failed("TIMEOUT", "MAYBE_SENT", "RECEIVE"),
    ),
    "silence before the body": (
        Script(BODY_BEGINS[:-1], End.HANG),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
    "silence within the body": (
        Script(BODY_BEGINS, End.HANG),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
    "a body without end": (
        Script(HEAD + b"\r\n", End.HANG),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
    "a dripped body": (
        Script(HEAD + b"Content-Length: 100000\r\n\r\n", Drip(b"a" * 100_000, 0.02)),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
    "dripped chunks": (
        Script(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", Endless(chunk(b"a"), 0.02)),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
    "a chunked body without its end": (
        Script(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(TOKEN), End.HANG),
        b"",
        Failed("TIMEOUT", "ANSWERED", "RECEIVE"),
    ),
}


@dataclass(frozen=True)
class Timed:
    result: ItemResult
    after_s: float


def timed_post(client: Client, *items: Item) -> list[Timed]:
    """Each item's result in the items' order, and how long after the start it came."""
    start = time.monotonic()
    arrived = [
        Timed(result, time.monotonic() - start)
        for result in client.stream(items, timeout=2 * LONG_S)
    ]
    assert len(arrived) == len(items)
    return sorted(arrived, key=lambda timed: int(timed.result.index))


def assert_on_time(timed: Timed, expected: Failed, timeout_s: float = TIMEOUT_S) -> None:
    assert verdict(timed.result) == expected
    assert timeout_s - 0.05 <= timed.after_s <= timeout_s + TOLERANCE_S


@pytest.mark.parametrize("limit", ["timeout", "attempt_timeout"])
def test_the_exchange(client: Client, origin: ScriptedOrigin, limit: str) -> None:
    """All cases at once: a slow one holds up no other."""
    items = []
    for number, (script, body, _) in enumerate(EXCHANGES.values()):
        origin.scripts[str(number)] = script
        limits = {"timeout": LONG_S, limit: TIMEOUT_S}
        items.append(item(origin.url(str(number)), body=body, **limits))
    arrived = timed_post(client, *items)
    expected = {name: case[2] for name, case in EXCHANGES.items()}
    assert dict(zip(EXCHANGES, (verdict(timed.result) for timed in arrived))) == expected
    late = {
        name: timed.after_s
        for name, timed in zip(EXCHANGES, arrived)
        if not TIMEOUT_S - 0.05 <= timed.after_s <= TIMEOUT_S + TOLERANCE_S
    }
    assert not late


def test_a_timed_out_connection_is_not_reused(solo: Client, origin: ScriptedOrigin) -> None:
    """The answer to the one that gave up comes later, and goes nowhere."""
    origin.scripts["late"] = Script(Pause(TIMEOUT_S * 1.5), answer(b"late"))
    origin.scripts["slow"] = Script(Pause(TIMEOUT_S * 1.5), answer())
    late = item(origin.url("late"), timeout=TIMEOUT_S)
    slow = item(origin.url("slow", token=SAMPLE), timeout=LONG_S)
    first, second = solo.post([late, slow])
    assert verdict(first) == Failed("TIMEOUT", "MAYBE_SENT", "WAIT")
    assert verdict(second) == SAMPLED
    assert origin.requests[0].connection != origin.requests[1].connection


def test_waiting_for_a_connection_is_queueing(solo: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["slow"] = Script(Pause(3 * TIMEOUT_S), answer())
    slow = item(origin.url("slow", token=SAMPLE), timeout=LONG_S)
    queued = item(origin.url(), timeout=TIMEOUT_S)
    first, second = timed_post(solo, slow, queued)
    assert verdict(first.result) == SAMPLED
    assert_on_time(second, Failed("TIMEOUT", "NOT_SENT", "QUEUE"))
    assert second.result.attempts[-1].queue_us > TIMEOUT_S * 1e6 * 0.9
    assert origin.tokens() == [SAMPLE]


def test_running_and_queued_items_time_out_together(client: Client, origin: ScriptedOrigin) -> None:
    """What never left the queue says so, although the whole pool closes at that moment."""
    origin.scripts["hang"] = Script(End.HANG)
    items = [item(origin.url("hang"), timeout=TIMEOUT_S) for _ in range(DEFAULT_POOL + 36)]
    verdicts = Counter(verdict(timed.result) for timed in timed_post(client, *items))
    assert verdicts == {
        Failed("TIMEOUT", "MAYBE_SENT", "WAIT"): DEFAULT_POOL,
        Failed("TIMEOUT", "NOT_SENT", "QUEUE"): 36,
    }
    assert len(origin.requests) == DEFAULT_POOL


def test_attempt_timeout_does_not_count_the_queue(solo: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["slow"] = Script(Pause(2 * TIMEOUT_S), answer())
    slow = item(origin.url("slow", token=SAMPLE))
    queued_token = new_token()
    queued = item(origin.url(token=queued_token), attempt_timeout=TIMEOUT_S)
    assert [verdict(r) for r in solo.post([slow, queued])] == [
        SAMPLED,
        Answer(200, queued_token.encode()),
    ]


# --- dialling ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def silent_dns(thread: LoopThread) -> Iterator[DnsServer]:
    with DnsServer(thread, {"silent.test": Zone(silent=True)}) as server:
        yield server


@pytest.fixture
def dialling(silent_dns: DnsServer) -> Iterator[Client]:
    """A client of a gate whose name server does not answer for silent.test."""
    with Gate(*ALLOW_LOOPBACK, f"--dns-server={silent_dns.address}") as gate:
        with Client(gate.address) as client:
            yield client


@pytest.fixture
def dial_urls(thread: LoopThread) -> Iterator[dict[str, str]]:
    """URLs where opening a connection never ends, by the phase where it stays."""
    deaf = ScriptedOrigin(thread, on_accept=Script(End.HANG))
    with deaf, black_hole() as port:
        yield {
            "DNS": "http://silent.test/",
            "CONNECT": f"http://127.0.0.1:{port}/",
            "TLS": f"https://{deaf.authority}/",
        }


def test_the_item_timeout_bounds_dialling(dialling: Client, dial_urls: dict[str, str]) -> None:
    items = [item(url, timeout=TIMEOUT_S) for url in dial_urls.values()]
    for phase, timed in zip(dial_urls, timed_post(dialling, *items)):
        assert_on_time(timed, Failed("TIMEOUT", "NOT_SENT", phase))


def test_each_step_of_dialling_has_its_own_limit(
    dialling: Client, dial_urls: dict[str, str]
) -> None:
    items = [item(url, timeout=DIAL_STEP_S + LONG_S) for url in dial_urls.values()]
    for phase, timed in zip(dial_urls, timed_post(dialling, *items)):
        assert_on_time(timed, Failed("TIMEOUT", "NOT_SENT", phase), DIAL_STEP_S)


# --- the RPC's deadline -----------------------------------------------------------------------


def test_the_rpc_deadline_caps_items_and_results_still_arrive(
    client: Client, origin: ScriptedOrigin
) -> None:
    origin.scripts["hang"] = Script(End.HANG)
    items = [item(origin.url("hang"), timeout=LONG_S) for _ in range(50)]
    rpc_timeout_s = 1.0 * SLOWNESS
    results = client.post([*items, item(origin.url(token=SAMPLE))], timeout=rpc_timeout_s)
    assert verdict(results[-1]) == SAMPLED
    codes = {verdict(result).code for result in results[:-1]}  # type: ignore[union-attr]
    assert codes == {"TIMEOUT"}


def test_an_rpc_deadline_of_nothing_ends_the_rpc(client: Client, origin: ScriptedOrigin) -> None:
    """There is no time for results: the RPC may fail, the gate serves the next one."""
    origin.scripts["hang"] = Script(End.HANG)
    for timeout_s in (0.0, 0.001, 0.005, 0.02):
        try:
            list(client.stream([item(origin.url("hang"))] * 10, timeout=timeout_s))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED
