"""The program itself: flags, listeners, signals and exit statuses."""

import signal
import socket
import stat
import time
from pathlib import Path

import grpc
import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, item
from support.gate import Exit, Gate, run_to_exit
from support.script import End, SAMPLE, Script
from support.scripted_origin import ScriptedOrigin
from support.stubs import pb
from support.timing import SLOWNESS, eventually
from support.verdict import SAMPLED, Failed, verdict

BAD_FLAGS = {
    "unknown flag": (("--no-such-flag",), "--no-such-flag"),
    "stray argument": (("stray",), "stray"),
    "listen without value": (("--listen",), "--listen"),
    "listen without port": (("--listen=127.0.0.1",), "127.0.0.1"),
    "listen on a bad port": (("--listen=127.0.0.1:65536",), "127.0.0.1:65536"),
    "listen on a word": (("--listen=127.0.0.1:http",), "127.0.0.1:http"),
    "listen on no path": (("--listen=unix:",), "unix:"),
    "listen on too long a path": ((f"--listen=unix:/tmp/{'a' * 200}",), "unix:/tmp/aaa"),
    "no shards": (("--shards=0",), "--shards"),
    "negative shards": (("--shards=-1",), "--shards"),
    "shards in words": (("--shards=two",), "--shards"),
    "too many shards": (("--shards=100000",), "--shards"),
    "no range": (("--allow-cidr=",), "--allow-cidr"),
    "range of a name": (("--allow-cidr=localhost",), "--allow-cidr"),
    "range too long": (("--allow-cidr=127.0.0.0/33",), "--allow-cidr"),
    "range of IPv6 too long": (("--allow-cidr=::1/129",), "--allow-cidr"),
    "range negative": (("--allow-cidr=127.0.0.0/-1",), "--allow-cidr"),
    "name server of a name": (("--dns-server=localhost:53",), "localhost:53"),
    "name server on a bad port": (("--dns-server=127.0.0.1:0",), "127.0.0.1:0"),
    "no connections": (("--max-connections-per-origin=0",), "--max-connections-per-origin"),
    "connections in words": (("--max-connections-per-origin=x",), "--max-connections-per-origin"),
}


def one_line(ended: Exit) -> str:
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, f"not one line: {ended.stderr!r}"
    return lines[0]


@pytest.mark.parametrize("name", BAD_FLAGS)
def test_bad_flags(name: str) -> None:
    flags, word = BAD_FLAGS[name]
    ended = run_to_exit(*flags)
    assert ended.status == 2, ended.stderr
    assert word in one_line(ended)


def test_help() -> None:
    done = run_to_exit("--help")
    assert done.status == 0
    flags = "--listen --shards --allow-cidr --ca-file --dns-server --max-connections-per-origin"
    missing = [flag for flag in flags.split() if flag not in done.stdout]
    assert not missing, done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_file_that_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    ended = run_to_exit("--listen=127.0.0.1:0", f"--ca-file={path}")
    assert ended.status in (1, 2)
    assert str(path) in one_line(ended)


def test_an_occupied_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = run_to_exit(f"--listen={address}")
    assert ended.status == 1
    assert address in one_line(ended)


def test_two_daemons_cannot_share_a_port() -> None:
    with Gate() as gate:
        ended = run_to_exit(f"--listen={gate.address}")
        assert ended.status == 1
        assert gate.address in one_line(ended)


def test_one_bad_listener_among_good_ones() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = run_to_exit("--listen=127.0.0.1:0", f"--listen={address}")
    assert ended.status == 1
    assert address in one_line(ended)


def test_an_address_of_another_machine() -> None:
    ended = run_to_exit("--listen=192.0.2.1:0")
    assert ended.status == 1
    assert "192.0.2.1" in one_line(ended)


# --- Unix sockets -----------------------------------------------------------------------------


def serves(address: str) -> bool:
    with Client(address) as client:
        return bool(client.stub.GetCapabilities(pb.GetCapabilitiesRequest()).version)


def test_a_unix_socket_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    with Gate(listen=(f"unix:{path}",)) as gate:
        assert gate.address == f"unix:{path}"
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert serves(gate.address)
    assert not path.exists()


def test_a_unix_socket_of_a_live_daemon_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    with Gate(listen=(f"unix:{path}",)) as gate:
        ended = run_to_exit(f"--listen=unix:{path}")
        assert ended.status == 1
        assert str(path) in one_line(ended)
        assert serves(gate.address)


def test_a_stale_unix_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "gate.sock"
    Gate(listen=(f"unix:{path}",)).kill()
    assert path.exists()
    with Gate(listen=(f"unix:{path}",)) as gate:
        assert serves(gate.address)


def test_a_file_that_is_no_socket_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")
    ended = run_to_exit(f"--listen=unix:{path}")
    assert ended.status == 1
    assert str(path) in one_line(ended)
    assert path.read_text() == "data"


def test_a_unix_socket_in_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "none" / "gate.sock"
    ended = run_to_exit(f"--listen=unix:{path}")
    assert ended.status == 1
    assert str(path) in one_line(ended)


# --- signals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_daemon_ends_at_once(number: int) -> None:
    with Gate() as gate:
        gate.send_signal(number)
        assert gate.wait(within_s=5 * SLOWNESS).status == 0


def test_only_the_listening_lines_are_said() -> None:
    with Gate(listen=("127.0.0.1:0", "127.0.0.1:0")) as gate:
        assert serves(gate.address)
        gate.stop()
        assert len(gate.stderr.splitlines()) == 2


def test_a_running_batch_gets_its_verdicts_before_the_end(origin: ScriptedOrigin) -> None:
    origin.scripts["hang"] = Script(End.HANG)
    with Gate(*ALLOW_LOOPBACK) as gate, Client(gate.address) as client:
        items = [item(origin.url("hang"), timeout=1.5 * SLOWNESS) for _ in range(100)]
        call = client.start(items)
        eventually(lambda: len(origin.requests) >= 64, "requests at the origin")
        gate.send_signal(signal.SIGTERM)
        results = [result for message in call for result in message.results]
        assert len(results) == len(items)
        failures = [verdict(result) for result in results]
        codes = {v.code for v in failures if isinstance(v, Failed)}
        assert codes <= {"TIMEOUT", "CANCELLED", "DRAINING"}
        assert gate.wait().status == 0


def test_a_second_signal_ends_a_running_batch(origin: ScriptedOrigin) -> None:
    """Still with status 0, and with a verdict for each item where the RPC can carry it."""
    origin.scripts["hang"] = Script(End.HANG)
    with Gate(*ALLOW_LOOPBACK) as gate, Client(gate.address) as client:
        call = client.start(
            [item(origin.url("hang"), timeout=600.0) for _ in range(100)], timeout=600
        )
        eventually(lambda: len(origin.requests) >= 64, "requests at the origin")
        gate.send_signal(signal.SIGTERM)
        time.sleep(0.2 * SLOWNESS)  # signals of one kind merge while they are pending
        assert gate.running
        gate.send_signal(signal.SIGTERM)
        assert gate.wait(within_s=5 * SLOWNESS).status == 0
        try:
            results = [result for message in call for result in message.results]
            assert len(results) == 100
        except grpc.RpcError as error:
            assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_after_a_kill_the_next_one_starts(origin: ScriptedOrigin) -> None:
    killed = Gate(*ALLOW_LOOPBACK)
    killed.kill()
    with Gate(*ALLOW_LOOPBACK, listen=(killed.address,)) as gate, Client(gate.address) as client:
        assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED
