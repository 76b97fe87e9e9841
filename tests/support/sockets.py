"""Addresses without a server: free ports, refused ports and black holes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

_HANGS_AFTER_S = 0.3
_MAX_FILLERS = 8


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def black_hole(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port where connecting never ends: its accept queue is full, so Linux drops every SYN."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    fillers: list[socket.socket] = []
    with socket.socket(family) as listener:
        listener.bind((host, port))
        listener.listen(0)
        try:
            for _ in range(_MAX_FILLERS):
                filler = socket.socket(family)
                fillers.append(filler)
                filler.settimeout(_HANGS_AFTER_S)
                try:
                    filler.connect(listener.getsockname()[:2])
                except TimeoutError:
                    yield int(listener.getsockname()[1])
                    return
            raise AssertionError("the accept queue did not fill up")
        finally:
            for filler in fillers:
                filler.close()
