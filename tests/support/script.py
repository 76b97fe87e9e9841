"""What a scripted origin does: a script is a list of steps taken once the request has been read.

    Script(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", Pause(0.1), b"llo", End.CLOSE)

Steps may hold TOKEN: each answer then carries the token of the very request that asked for it.
"""

from dataclasses import dataclass
from enum import Enum, auto

# Stands for the 16 bytes of the request's token, so that lengths are known beforehand.
TOKEN = b"@" * 16
# A token for tests that need to know one beforehand.
SAMPLE = "the-sample-token"


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Drip:
    """Sends `data` in pieces of `size` bytes, each followed by a pause."""

    data: bytes
    every_s: float = 0.002
    size: int = 1


@dataclass(frozen=True)
class Endless:
    """Sends `data` again and again until the peer goes away."""

    data: bytes
    every_s: float = 0.0


class End(Enum):
    """How a connection ends. A script without one keeps the connection for the next request."""

    # Closes in order: TLS close_notify where there is TLS, then FIN.
    CLOSE = auto()
    # Closes TCP without close_notify.
    CUT = auto()
    # Resets (SO_LINGER 0).
    RESET = auto()
    # Sends FIN, then reads until the peer closes.
    HALF_CLOSE = auto()
    # Says nothing more, reads until the peer closes.
    HANG = auto()
    # Neither reads nor writes any more.
    STALL = auto()


class After(Enum):
    """How much of the request is read before the first step."""

    HEAD = auto()
    REQUEST = auto()


Step = bytes | Pause | Drip | Endless | End


class Script:
    def __init__(self, *steps: Step, after: After = After.REQUEST) -> None:
        self.steps = steps
        self.after = after


def answer(
    body: bytes = TOKEN, status: str = "200 OK", headers: bytes = b"", version: str = "1.1"
) -> bytes:
    """A well-formed response of known length; `headers` are whole lines."""
    start = f"HTTP/{version} {status}\r\nContent-Length: {len(body)}\r\n"
    return start.encode() + headers + b"\r\n" + body


def chunked(*parts: bytes, headers: bytes = b"", trailers: bytes = b"") -> bytes:
    """A response whose `parts` are chunks as they appear on the wire, without the last one."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + b"\r\n"
    return head + b"".join(parts) + b"0\r\n" + trailers + b"\r\n"


def chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)
