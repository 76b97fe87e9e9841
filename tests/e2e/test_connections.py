"""Connections to origins: reused, bounded, and dropped as soon as they are not clean."""

from collections.abc import Iterator

import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, item
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import End, Pause, SAMPLE, Script, Step, answer
from support.scripted_origin import ScriptedOrigin, new_token
from support.sockets import free_port
from support.timing import SLOWNESS, eventually
from support.verdict import SAMPLED, Answer, Failed, verdict

SLOW_S = 0.05
DEFAULT_CAP = 64


def post_ok(client: Client, origin: ScriptedOrigin, name: str = "ok") -> int:
    """One good exchange; returns the serial of the connection that carried it."""
    token = new_token()
    assert verdict(client.post_one(origin.url(name, token))) == Answer(200, token.encode())
    return origin.connection_of(token)


def test_sequential_items_share_a_connection(client: Client, origin: ScriptedOrigin) -> None:
    assert {post_ok(client, origin) for _ in range(50)} == {0}


def test_idle_connections_are_used_before_new_ones(client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["slow"] = Script(Pause(SLOW_S), answer())
    client.post([item(origin.url("slow")) for _ in range(10)])
    opened = len(origin.connections)
    assert opened <= 10
    for _ in range(5):
        client.post([item(origin.url("slow")) for _ in range(opened)])
    assert len(origin.connections) == opened


@pytest.mark.parametrize("cap", [1, 3, DEFAULT_CAP])
def test_the_cap_holds(origin: ScriptedOrigin, cap: int) -> None:
    origin.scripts["slow"] = Script(Pause(SLOW_S), answer())
    flags = () if cap == DEFAULT_CAP else (f"--max-connections-per-origin={cap}",)
    with Gate(*ALLOW_LOOPBACK, *flags) as gate, Client(gate.address) as client:
        results = client.post([item(origin.url("slow")) for _ in range(5 * cap)])
        assert all(result.response.status == 200 for result in results)
        assert len(origin.connections) == cap


def test_origins_do_not_share_connections(
    client: Client, origin: ScriptedOrigin, thread: LoopThread
) -> None:
    with ScriptedOrigin(thread) as other:
        for _ in range(3):
            post_ok(client, origin)
            post_ok(client, other)
        assert (len(origin.connections), len(other.connections)) == (1, 1)


def test_a_slow_origin_holds_up_no_other(
    client: Client, origin: ScriptedOrigin, thread: LoopThread
) -> None:
    origin.scripts["hang"] = Script(End.HANG)
    hang_s = 1.0 * SLOWNESS
    with ScriptedOrigin(thread) as quick:
        items = [item(origin.url("hang"), timeout=hang_s) for _ in range(200)]
        stream = client.stream([*items, item(quick.url(token=SAMPLE))])
        assert verdict(next(stream)) == SAMPLED
        assert len(list(stream)) == len(items)


def test_ipv6(client: Client, thread: LoopThread) -> None:
    with ScriptedOrigin(thread, host="::1") as origin:
        assert {post_ok(client, origin) for _ in range(2)} == {0}
        assert origin.requests[0].values("host") == [origin.authority.encode()]


def test_a_refused_port(client: Client, origin: ScriptedOrigin) -> None:
    refused = item(f"http://127.0.0.1:{free_port()}/")
    first, second = client.post([refused, item(origin.url(token=SAMPLE))])
    assert verdict(first) == Failed("CONNECT", "NOT_SENT", "CONNECT")
    assert "refused" in first.failure.message.lower()
    assert verdict(second) == SAMPLED


def test_an_origin_that_comes_up_is_found(client: Client, thread: LoopThread) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/ok/{SAMPLE}"
    assert verdict(client.post_one(url)) == Failed("CONNECT", "NOT_SENT", "CONNECT")
    with ScriptedOrigin(thread, port=port):
        assert verdict(client.post_one(url)) == SAMPLED


def test_a_restarted_origin_is_found(client: Client, thread: LoopThread) -> None:
    with ScriptedOrigin(thread) as first:
        post_ok(client, first)
    with ScriptedOrigin(thread, port=first.port) as second:
        post_ok(client, second)


# --- idle connections -------------------------------------------------------------------------

IDLE_S = 0.05
REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"

SPOILED: dict[str, Step] = {
    "a close": End.CLOSE,
    "a half close": End.HALF_CLOSE,
    "a reset": End.RESET,
    "a byte": b"x",
    "an empty line": b"\r\n",
    "a 408": REQUEST_TIMEOUT,
    "a whole response": answer(b"stray"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_idle_connection_is_dropped(
    client: Client, origin: ScriptedOrigin, name: str
) -> None:
    origin.scripts["spoiling"] = Script(answer(), Pause(IDLE_S), SPOILED[name])
    first = post_ok(client, origin, "spoiling")
    eventually(lambda: not origin.open_connections(), "the gate to close the idle connection")
    assert post_ok(client, origin) != first


def test_keep_alive_timeout_is_honoured(client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["brief"] = Script(answer(headers=b"Keep-Alive: timeout=1, max=100\r\n"))
    first = post_ok(client, origin, "brief")
    assert post_ok(client, origin, "brief") == first
    eventually(lambda: not origin.open_connections(), "the gate to close before the origin", 1.0)
    assert post_ok(client, origin) != first


def test_connection_close_is_honoured(client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["closing"] = Script(answer(headers=b"Connection: close\r\n"))
    serials = [post_ok(client, origin, "closing") for _ in range(5)]
    assert serials == [0, 1, 2, 3, 4]
    eventually(lambda: not origin.open_connections(), "the gate to close its side")


@pytest.fixture
def unannounced(origin: ScriptedOrigin) -> Iterator[ScriptedOrigin]:
    """Closes after each answer without saying so: the gate cannot know before it writes."""
    origin.scripts["ok"] = Script(answer(), End.CLOSE)
    yield origin


def test_stale_connections_lose_nothing_and_repeat_nothing(
    solo: Client, unannounced: ScriptedOrigin
) -> None:
    """What was not written is resent; what may have been is never sent twice."""
    tokens = [new_token() for _ in range(300)]
    results = solo.post([item(unannounced.url(token=token)) for token in tokens])
    lost = 0
    for token, result in zip(tokens, results):
        got = verdict(result)
        if isinstance(got, Failed):
            lost += 1
            assert (got.code, got.delivery) == ("CONNECTION_LOST", "MAYBE_SENT")
        else:
            assert got == Answer(200, token.encode())
    seen = unannounced.tokens()
    assert len(seen) == len(set(seen))
    assert len(seen) == len(tokens) - lost


def test_connections_are_not_hoarded(gate: Gate, client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["closing"] = Script(answer(headers=b"Connection: close\r\n"))
    post_ok(client, origin)
    before = gate.open_descriptors()
    for _ in range(10):
        client.post([item(origin.url("closing")) for _ in range(50)])
    eventually(lambda: len(origin.open_connections()) <= 1, "closed connections to be gone")
    eventually(lambda: gate.open_descriptors() <= before + 1, "descriptors to be given back")
