"""What the files of this suite share: one gate with loopback opened, its client, and peers."""

from collections.abc import Iterator

import pytest
from support.certs import Authority, Leaf
from support.client import Client
from support.gate import Gate
from support.loop_thread import LoopThread
from support.scripted_origin import ScriptedOrigin

ALLOW_LOOPBACK = ("--allow-cidr=127.0.0.0/8", "--allow-cidr=::1/128")
_STDERR_TAIL = 4000


@pytest.fixture(scope="session")
def thread() -> Iterator[LoopThread]:
    made = LoopThread()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def shared_gate(authority: Authority) -> Iterator[Gate]:
    with Gate(*ALLOW_LOOPBACK, f"--ca-file={authority.certificate}") as gate:
        yield gate


@pytest.fixture
def gate(shared_gate: Gate) -> Iterator[Gate]:
    """The gate that a file's tests share. Each test must leave it alive."""
    yield shared_gate
    assert shared_gate.running, f"the daemon died\n{shared_gate.stderr}"


@pytest.fixture
def client(gate: Gate) -> Iterator[Client]:
    with Client(gate.address) as made:
        yield made


@pytest.fixture(scope="session")
def shared_solo_gate(authority: Authority) -> Iterator[Gate]:
    one_connection = "--max-connections-per-origin=1"
    with Gate(*ALLOW_LOOPBACK, one_connection, f"--ca-file={authority.certificate}") as gate:
        yield gate


@pytest.fixture
def solo(shared_solo_gate: Gate) -> Iterator[Client]:
    """A client of a gate with one connection for each origin: items follow each other on it."""
    with Client(shared_solo_gate.address) as made:
        yield made
    assert shared_solo_gate.running, f"the daemon died\n{shared_solo_gate.stderr}"


@pytest.fixture
def origin(thread: LoopThread) -> Iterator[ScriptedOrigin]:
    with ScriptedOrigin(thread) as made:
        yield made


@pytest.fixture(scope="session")
def loopback_leaf(authority: Authority) -> Leaf:
    return authority.leaf("loopback", san="IP:127.0.0.1,DNS:localhost")


@pytest.fixture
def tls_origin(thread: LoopThread, loopback_leaf: Leaf) -> Iterator[ScriptedOrigin]:
    with ScriptedOrigin(thread, tls=loopback_leaf.context()) as made:
        yield made


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows what the running gates said next to a failed test."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed:
        for gate in Gate.alive:
            report.sections.append((f"gate {gate.name}", gate.stderr[-_STDERR_TAIL:]))
