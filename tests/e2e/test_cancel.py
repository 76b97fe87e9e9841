"""Callers that cancel, give up or vanish: nothing of theirs stays behind."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, Item, item
from support.dns_server import DnsServer, Zone
from support.gate import Gate
from support.loop_thread import LoopThread
from support.script import After, Drip, End, SAMPLE, Script, answer
from support.scripted_origin import ScriptedOrigin
from support.sockets import black_hole
from support.timing import SLOWNESS, eventually
from support.verdict import SAMPLED, Answer, verdict

MIB = 1 << 20
SEED = 20
BATCHES = 1000
CALLERS = 8
ITEMS_IN_A_BATCH = 20
LONGEST_WAIT_S = 0.02
# For the allocator: some 100 bytes for each of 20,000 items, less than any item that is kept.
MAX_GROWTH_BYTES = 2 * MIB
# Accepted gRPC connections and timers that come and go.
SPARE_DESCRIPTORS = 4
LONG_S = 60.0 * SLOWNESS


@pytest.fixture(scope="module")
def dns(thread: LoopThread) -> Iterator[DnsServer]:
    with DnsServer(thread, {"silent.test": Zone(silent=True)}) as server:
        yield server


@pytest.fixture
def gate(dns: DnsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    # With one malloc arena memory does not depend on which thread took it: only a leak grows.
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    with Gate(*ALLOW_LOOPBACK, f"--dns-server={dns.address}") as made:
        yield made


@pytest.fixture
def origin(origin: ScriptedOrigin) -> ScriptedOrigin:
    """Answers at once, slowly, partly or never."""
    origin.scripts["hang"] = Script(End.HANG)
    origin.scripts["partly"] = Script(answer(b"a" * 1000)[:-500], End.HANG)
    origin.scripts["slowly"] = Script(Drip(answer(), every_s=0.001))
    origin.scripts["unread"] = Script(End.HANG, after=After.HEAD)
    return origin


def hanging(origin: ScriptedOrigin) -> list[int]:
    """Connections still open whose last request will never be answered in full."""
    last = {request.connection: request.target.split("/")[1] for request in origin.requests}
    still_open = {connection.serial for connection in origin.open_connections()}
    return [serial for serial, name in last.items() if name != "ok" and serial in still_open]


def cancel_at_random(client: Client, items: list[Item], chance: random.Random) -> None:
    call = client.start(items, timeout=LONG_S)
    time.sleep(chance.uniform(0, LONGEST_WAIT_S))
    call.cancel()
    try:
        list(call)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.CANCELLED


def cancel_batches(client: Client, urls: list[str], count: int, seed: int) -> None:
    """Each batch is a random choice of `urls`, from several callers at once."""

    def one_caller(number: int) -> None:
        chance = random.Random(seed * CALLERS + number)
        for _ in range(count // CALLERS):
            chosen = chance.choices(urls, k=ITEMS_IN_A_BATCH)
            body = b"x" * chance.choice((0, 512, 100_000))
            cancel_at_random(client, [item(url, body=body) for url in chosen], chance)

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(one_caller, range(CALLERS)))


def test_a_thousand_cancelled_batches_leave_nothing(gate: Gate, origin: ScriptedOrigin) -> None:
    names = ("ok", "hang", "partly", "slowly", "unread")
    with black_hole() as port, Client(gate.address) as client:
        urls = [origin.url(name) for name in names]
        urls += ["http://silent.test/", f"http://127.0.0.1:{port}/", "http://10.0.0.1/"]
        before = gate.open_descriptors()
        cancel_batches(client, urls, BATCHES, SEED)  # fills caches and the allocator
        warm_bytes = gate.resident_bytes()
        cancel_batches(client, urls, BATCHES, SEED + 1)

        eventually(lambda: not hanging(origin), "the hanging exchanges' connections to close")
        assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED

        def descriptors_left() -> int:
            return gate.open_descriptors() - before - len(origin.open_connections())

        eventually(
            lambda: descriptors_left() <= SPARE_DESCRIPTORS,
            "the daemon to hold no descriptor but its idle connections",
            within_s=10.0,
        )
    # Sanitizers keep freed memory on purpose; their own leak check covers those builds.
    if SLOWNESS == 1:
        growth = gate.resident_bytes() - warm_bytes
        assert growth <= MAX_GROWTH_BYTES, f"{growth / MIB:.1f} MiB more after {BATCHES} batches"


def assert_cut(origin: ScriptedOrigin, count: int) -> None:
    eventually(lambda: not hanging(origin), f"{count} hanging exchanges to be cut")


def start_hanging(client: Client, origin: ScriptedOrigin, count: int = 100) -> grpc.Call:
    """A batch of more items than connections, all of which hang."""
    already = len(origin.requests)
    call = client.start([item(origin.url("hang")) for _ in range(count)], timeout=LONG_S)
    eventually(lambda: len(origin.requests) - already >= min(count, 64), "requests at the origin")
    return call


def test_cancelling_cuts_what_runs_and_drops_what_waits(gate: Gate, origin: ScriptedOrigin) -> None:
    with Client(gate.address) as client:
        call = start_hanging(client, origin)
        call.cancel()
        assert_cut(origin, 64)
        assert len(origin.requests) == 64
        assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED


def test_cancelling_leaves_other_batches_alone(gate: Gate, origin: ScriptedOrigin) -> None:
    with Client(gate.address) as client, ThreadPoolExecutor(1) as other:
        call = start_hanging(client, origin, count=60)
        slow = [item(origin.url("slowly", token=f"{n:016x}")) for n in range(50)]
        results = other.submit(client.post, slow)
        call.cancel()
        got = [verdict(result) for result in results.result()]
    assert got == [Answer(200, f"{n:016x}".encode()) for n in range(50)]


def test_a_closed_channel_cancels(gate: Gate, origin: ScriptedOrigin) -> None:
    client = Client(gate.address)
    start_hanging(client, origin)
    client.close()
    assert_cut(origin, 64)


_VANISHING_CALLER = """
import sys
sys.path.insert(0, sys.argv[1])
from support.client import Client, item
client = Client(sys.argv[2])
list(client.start([item(sys.argv[3]) for _ in range(100)], timeout=600))
"""


def test_a_killed_caller_is_noticed(gate: Gate, origin: ScriptedOrigin) -> None:
    tests = str(Path(__file__).resolve().parents[1])
    arguments = [tests, gate.address, origin.url("hang")]
    caller = subprocess.Popen([sys.executable, "-c", _VANISHING_CALLER, *arguments])
    try:
        eventually(lambda: len(origin.requests) >= 64, "requests at the origin", within_s=20)
    finally:
        caller.kill()
        caller.wait()
    assert_cut(origin, 64)
    with Client(gate.address) as client:
        assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED


def test_the_deadline_of_the_rpc_cuts_what_runs(gate: Gate, origin: ScriptedOrigin) -> None:
    with Client(gate.address) as client:
        items = [item(origin.url("hang")) for _ in range(100)]
        results = client.post(items, timeout=1.0 * SLOWNESS)
        codes = {verdict(result).code for result in results}  # type: ignore[union-attr]
        assert codes == {"TIMEOUT"}
        assert_cut(origin, 64)


def test_a_caller_that_reads_nothing_holds_up_nobody(gate: Gate, origin: ScriptedOrigin) -> None:
    origin.scripts["large"] = Script(answer(b"a" * MIB))
    with Client(gate.address) as lazy, Client(gate.address) as busy:
        call = lazy.start([item(origin.url("large")) for _ in range(200)], timeout=LONG_S)
        for number in range(20):
            token = f"{number:016x}"
            got = verdict(busy.post_one(origin.url(token=token), timeout=LONG_S))
            assert got == Answer(200, token.encode())
        call.cancel()


def test_cancelling_races_with_finishing(gate: Gate, origin: ScriptedOrigin) -> None:
    """Batches that end by themselves at the moment they are cancelled."""
    chance = random.Random(SEED)
    with Client(gate.address) as client:
        for _ in range(200):
            call = client.start([item(origin.url()) for _ in range(5)], timeout=LONG_S)
            killer = threading.Timer(chance.uniform(0, 0.005), call.cancel)
            killer.start()
            try:
                assert sum(len(message.results) for message in call) == 5
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.CANCELLED
            killer.join()
        assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED
