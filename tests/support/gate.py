"""Runs the real daemon and watches it from outside."""

import os
import re
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from support.timing import SLOWNESS, eventually

_DEFAULT_BINARY = Path(__file__).resolve().parents[2] / "build/dev/bin/posternd"
_LISTENING = re.compile(r"^posternd listening on (\S+)$", re.MULTILINE)
_SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")
_START_S = 10 * SLOWNESS
_STOP_S = 20 * SLOWNESS
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def binary() -> Path:
    """The daemon under test: $POSTERND, or the dev preset's build."""
    path = Path(os.environ.get("POSTERND", _DEFAULT_BINARY))
    if not path.is_file():
        raise FileNotFoundError(f"no daemon at {path}: build it, or set POSTERND")
    return path


@dataclass(frozen=True)
class Exit:
    """How a daemon ended: its exit status (negative: killed by that signal) and what it said."""

    status: int
    stderr: str
    stdout: str = ""


class Gate:
    """One running daemon. Use as a context manager: leaving it asserts a clean end."""

    # Those that were started and not yet stopped.
    alive: ClassVar[list["Gate"]] = []

    def __init__(self, *flags: str, listen: tuple[str, ...] = ("127.0.0.1:0",)) -> None:
        self._log = tempfile.NamedTemporaryFile(prefix="posternd-", suffix=".log")
        command = [str(binary()), *(f"--listen={address}" for address in listen), *flags]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        try:
            eventually(
                lambda: len(self.addresses) >= len(listen) or self._process.poll() is not None,
                "the daemon's listening lines",
                within_s=_START_S / SLOWNESS,
            )
            if self._process.poll() is not None:
                raise AssertionError(f"status {self._process.returncode}")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{' '.join(command)} did not start: {error}\n{self.stderr}")
        Gate.alive.append(self)

    @property
    def name(self) -> str:
        return f"{self.address} (process {self._process.pid})"

    @property
    def stderr(self) -> str:
        return Path(self._log.name).read_text(errors="replace")

    @property
    def addresses(self) -> list[str]:
        """What it listens on, as it says."""
        return _LISTENING.findall(self.stderr)

    @property
    def address(self) -> str:
        return self.addresses[0]

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def open_descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def resident_bytes(self) -> int:
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * _PAGE_BYTES

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, within_s: float = _STOP_S) -> Exit:
        """Waits for the end; a daemon that does not end is killed and fails the test."""
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the daemon did not end within {within_s:g} s\n{self.stderr}")
        return Exit(status, self.stderr)

    def kill(self) -> None:
        """Ends it with no chance to tidy up."""
        self._process.kill()
        self._process.wait()
        if self in Gate.alive:
            Gate.alive.remove(self)

    def stop(self) -> None:
        """SIGTERM, then a clean end: status 0 and no complaint from a sanitizer."""
        if self.running:
            self.send_signal(signal.SIGTERM)
        ended = self.wait()
        if self in Gate.alive:
            Gate.alive.remove(self)
        assert ended.status == 0, f"the daemon ended with status {ended.status}\n{ended.stderr}"
        assert not _SANITIZER.search(ended.stderr), ended.stderr

    def __enter__(self) -> "Gate":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def run_to_exit(*flags: str) -> Exit:
    """Runs a daemon that is expected to end by itself."""
    command = [str(binary()), *flags]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_START_S
        )
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{' '.join(command)} did not end by itself: {late.stderr!r}")
    return Exit(done.returncode, done.stderr, done.stdout)
