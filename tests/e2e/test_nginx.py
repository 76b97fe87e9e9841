"""A real origin: what nginx logs is what was sent, each request exactly once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ALLOW_LOOPBACK
from support.certs import Authority
from support.client import Client, item
from support.gate import Gate
from support.nginx import Nginx
from support.scripted_origin import new_token
from support.timing import SLOWNESS, eventually
from support.verdict import Answer, verdict

ITEMS = 20_000
CALLERS = 4
BODY_BYTES = 512
MAX_CONNECTIONS = 64
RPC_TIMEOUT_S = 120 * SLOWNESS

# Which path answers with which status.
STATUSES = {"ok": 200, "created": 201, "missing": 404, "broken": 500}


@pytest.fixture
def nginx(authority: Authority, tmp_path: Path) -> Iterator[Nginx]:
    with Nginx(tmp_path, authority.leaf("nginx", san="IP:127.0.0.1")) as made:
        yield made


@pytest.fixture(scope="module")
def default_gate(authority: Authority) -> Iterator[Gate]:
    with Gate(*ALLOW_LOOPBACK, f"--ca-file={authority.certificate}") as gate:
        yield gate


def body_of(token: str) -> bytes:
    return (token * (BODY_BYTES // len(token))).encode()


def post_share(client: Client, base: str, sent: dict[str, str]) -> list[str]:
    """One caller's batch; returns what did not come back as it should."""
    items = [
        item(
            f"{base}/{path}",
            id=f"id-{token}",
            headers={"X-Token": token.encode()},
            body=body_of(token),
            timeout=RPC_TIMEOUT_S,
        )
        for token, path in sent.items()
    ]
    results = client.post(items, timeout=RPC_TIMEOUT_S)
    return [
        f"{path} {token}: {result}"
        for result, (token, path) in zip(results, sent.items(), strict=True)
        if verdict(result) != Answer(STATUSES[path], token.encode())
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_twenty_thousand_posts_arrive_exactly_once(
    default_gate: Gate, nginx: Nginx, scheme: str
) -> None:
    port = nginx.https_port if scheme == "https" else nginx.http_port
    paths = list(STATUSES)
    sent = {new_token(): paths[n % len(paths)] for n in range(ITEMS)}
    shares = [dict(list(sent.items())[n::CALLERS]) for n in range(CALLERS)]
    base = f"{scheme}://127.0.0.1:{port}"
    with Client(default_gate.address) as client, ThreadPoolExecutor(CALLERS) as callers:
        answers = callers.map(lambda share: post_share(client, base, share), shares)
        wrong = [complaint for complaints in answers for complaint in complaints]
    assert not wrong, f"{len(wrong)} wrong results, the first: {wrong[0]}"

    eventually(lambda: len(nginx.log()) >= ITEMS, f"{ITEMS} lines in nginx's log")
    log = nginx.log()
    assert Counter(line.token for line in log) == Counter(sent.keys())
    assert all(line.body.encode() == body_of(line.token) for line in log)
    assert all(line.status == STATUSES[sent[line.token]] for line in log)
    assert len({line.connection for line in log}) <= MAX_CONNECTIONS
