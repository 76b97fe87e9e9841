"""How long tests may take, on this machine and in this build."""

import os
import time
from collections.abc import Callable

# Instrumented builds are slower: this factor scales every tolerance and patience, never a
# behaviour under test.
SLOWNESS = float(os.environ.get("POSTERN_TEST_SLOWNESS", "1"))

# How late a deadline may be seen by a caller that shares a loaded machine.
TOLERANCE_S = 0.25 * SLOWNESS

_POLL_S = 0.01


def eventually(holds: Callable[[], object], what: str, within_s: float = 5.0) -> None:
    """Waits until `holds()` is true; fails with `what` after `within_s` seconds."""
    end = time.monotonic() + within_s * SLOWNESS
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not seen within {within_s * SLOWNESS:g} s: {what}")
        time.sleep(_POLL_S)
