"""Batches: one result for each item, defaults, sizes, services and listeners."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from conftest import ALLOW_LOOPBACK
from support.client import Client, discard, item, keep
from support.gate import Gate
from support.script import End, SAMPLE, Script, answer
from support.scripted_origin import ScriptedOrigin, new_token
from support.stubs import pb
from support.timing import SLOWNESS
from support.verdict import SAMPLED, Answer, Failed, assert_invalid, verdict

MIB = 1 << 20
# What the README and GetCapabilities say.
MAX_REQUEST_MESSAGE_BYTES = 64 * MIB
MAX_RESPONSE_BODY_BYTES = 64 * MIB


def test_every_item_gets_its_own_result(client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["teapot"] = Script(answer(status="418 I'm a teapot"))
    tokens = [new_token() for _ in range(200)]
    names = ["ok" if n % 2 == 0 else "teapot" for n in range(200)]
    items = [item(origin.url(*at), id=f"id-{at[1]}") for at in zip(names, tokens)]
    results = client.post(items)
    statuses = {"ok": 200, "teapot": 418}
    expected = [Answer(statuses[name], token.encode()) for name, token in zip(names, tokens)]
    assert [verdict(result) for result in results] == expected
    assert sorted(origin.tokens()) == sorted(tokens)


def test_ten_thousand_items(client: Client, origin: ScriptedOrigin) -> None:
    tokens = [new_token() for _ in range(10_000)]
    results = client.post(
        [item(origin.url(token=t), id=t, timeout=120.0) for t in tokens], timeout=120
    )
    assert [verdict(result) for result in results] == [Answer(200, t.encode()) for t in tokens]
    assert sorted(origin.tokens()) == sorted(tokens)


def test_an_empty_batch_ends_at_once(client: Client) -> None:
    assert client.post([]) == []


def test_equal_and_empty_ids_are_echoed(client: Client, origin: ScriptedOrigin) -> None:
    results = client.post([item(origin.url(), id=name) for name in ("same", "same", "", "")])
    assert [result.id for result in results] == ["same", "same", "", ""]
    assert {verdict(result).status for result in results} == {200}  # type: ignore[union-attr]


def test_what_an_origin_sees(client: Client, origin: ScriptedOrigin) -> None:
    token = new_token()
    headers = [
        ("X-One", b"1"),
        ("x-two", b"\xff caf\xc3\xa9\t."),
        ("X-One", b"again"),
        ("X-Empty", b""),
    ]
    body = bytes(range(256)) * 2
    client.post_one(origin.url(token=token) + "?q=%20a&b", headers=headers, body=body)
    (seen,) = origin.requests
    assert (seen.method, seen.target) == ("POST", f"/ok/{token}?q=%20a&b")
    assert seen.body == body
    assert seen.values("host") == [origin.authority.encode()]
    assert seen.values("content-length") == [b"512"]
    assert seen.values("x-one") == [b"1", b"again"]
    assert seen.values("x-two") == [b"\xff caf\xc3\xa9\t."]
    assert seen.values("x-empty") == [b""]
    assert seen.values("transfer-encoding") == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "M-SEARCH"])
def test_methods(client: Client, origin: ScriptedOrigin, method: str) -> None:
    origin.scripts["empty"] = Script(answer(b""))
    assert verdict(client.post_one(origin.url("empty"), method=method)) == Answer(200, b"")
    assert origin.requests[0].method == method


@pytest.mark.parametrize("method, lengths", [("POST", [b"0"]), ("GET", [])])
def test_an_empty_body(
    client: Client, origin: ScriptedOrigin, method: str, lengths: list[bytes]
) -> None:
    client.post_one(origin.url(), method=method)
    assert origin.requests[0].values("content-length") == lengths


@pytest.mark.parametrize("suffix, target", [("", "/"), ("?q=1", "/?q=1"), ("/", "/")])
def test_a_url_without_path(
    client: Client, origin: ScriptedOrigin, suffix: str, target: str
) -> None:
    origin.scripts[target[1:]] = Script(answer(b"root"))
    assert verdict(client.post_one(f"http://{origin.authority}{suffix}")) == Answer(200, b"root")
    assert origin.requests[0].target == target


def test_response_headers_come_back_in_order(client: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["headers"] = Script(answer(headers=b"X-B: 2\r\nx-a: \xff\r\nX-B: 1\r\nX-E:\r\n"))
    response = client.post_one(origin.url("headers")).response
    got = [(h.name, h.value) for h in response.headers if h.name.lower().startswith("x-")]
    assert got == [("X-B", b"2"), ("x-a", b"\xff"), ("X-B", b"1"), ("X-E", b"")]


def test_attempt_tells_times_and_address(client: Client, origin: ScriptedOrigin) -> None:
    (attempt,) = client.post_one(origin.url()).attempts
    assert attempt.status == 200
    assert attempt.failure == pb.FAILURE_CODE_UNSPECIFIED
    assert attempt.remote_address == origin.authority
    assert not attempt.connection_reused
    assert attempt.connect_us > 0
    (attempt,) = client.post_one(origin.url()).attempts
    assert attempt.connection_reused
    assert attempt.connect_us == 0


# --- defaults ---------------------------------------------------------------------------------


def test_defaults_fill_what_an_item_leaves_out(client: Client, origin: ScriptedOrigin) -> None:
    token, own_token = new_token(), new_token()
    defaults = item(origin.url(token=token), method="PUT", body=b"default")
    own = item(origin.url(token=own_token), method="PATCH", body=b"own")
    client.post([item(), own], defaults)
    seen = {request.token: (request.method, request.body) for request in origin.requests}
    assert seen == {token: ("PUT", b"default"), own_token: ("PATCH", b"own")}


def test_default_timeout_and_body_policy(client: Client, origin: ScriptedOrigin) -> None:
    defaults = item(timeout=20.0, response_body=discard())
    own = item(origin.url(token=SAMPLE), response_body=keep(100))
    kept, dropped = client.post([own, item(origin.url())], defaults)
    assert (verdict(kept), verdict(dropped)) == (SAMPLED, Answer(200, b""))


def test_an_items_header_replaces_the_default_of_that_name(
    client: Client, origin: ScriptedOrigin
) -> None:
    defaults = item(headers=[("X-Kept", b"1"), ("X-Over", b"default"), ("x-over", b"default too")])
    client.post([item(origin.url(), headers=[("X-OVER", b"own"), ("X-Own", b"2")])], defaults)
    (seen,) = origin.requests
    assert seen.values("x-kept") == [b"1"]
    assert seen.values("x-over") == [b"own"]
    assert seen.values("x-own") == [b"2"]


def test_a_malformed_default_is_every_items_fault(client: Client, origin: ScriptedOrigin) -> None:
    items = [item(origin.url()), item(origin.url())]
    for result in client.post(items, item(headers={"X-Bad": b"a\r\nb"})):
        assert_invalid(result, "header")
    assert origin.requests == []


# --- sizes ------------------------------------------------------------------------------------


def test_a_message_just_under_the_limit(client: Client, origin: ScriptedOrigin) -> None:
    bodies = {new_token(): bytes([n]) * (8 * MIB - 1024) for n in range(8)}
    items = [item(origin.url(token=token), body=body) for token, body in bodies.items()]
    assert pb.PostBatchRequest(items=items).ByteSize() > MAX_REQUEST_MESSAGE_BYTES - MIB
    results = client.post(items)
    assert [verdict(result) for result in results] == [Answer(200, t.encode()) for t in bodies]
    received = {request.token: request.body for request in origin.requests}
    assert all(received[token] == body for token, body in bodies.items())


def test_a_message_over_the_limit_is_refused(client: Client, origin: ScriptedOrigin) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.post([item(origin.url(), body=b"x" * (MAX_REQUEST_MESSAGE_BYTES + 1))])
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert origin.requests == []


def test_large_responses(client: Client, origin: ScriptedOrigin) -> None:
    body = bytes(range(256)) * (8 * MIB // 256)
    origin.scripts["large"] = Script(answer(body))
    items = [item(origin.url("large"), response_body=keep(8 * MIB)) for _ in range(8)]
    assert all(verdict(result) == Answer(200, body) for result in client.post(items))


# --- services and listeners -------------------------------------------------------------------


def test_capabilities(client: Client) -> None:
    said = client.stub.GetCapabilities(pb.GetCapabilitiesRequest())
    assert said.version
    assert said.max_request_message_bytes == MAX_REQUEST_MESSAGE_BYTES
    assert said.max_response_body_bytes == MAX_RESPONSE_BODY_BYTES
    assert said.max_items_in_flight > 0
    assert (said.default_timeout.seconds, said.max_timeout.seconds) == (30, 600)


def test_post_stream_is_not_there_yet(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        list(client.stub.PostStream(iter([pb.PostStreamRequest()])))
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


# The wire form of {status: SERVING}; the generated stubs of grpc.health.v1 are not in Debian.
_SERVING = b"\x08\x01"


def _field_1(text: str) -> bytes:
    return b"\x0a" + bytes([len(text)]) + text.encode()


@pytest.mark.parametrize("request_bytes", [b"", _field_1("postern.v1.EgressService")])
def test_health_says_serving(client: Client, request_bytes: bytes) -> None:
    check = client.channel.unary_unary("/grpc.health.v1.Health/Check")
    assert check(request_bytes) == _SERVING


def test_reflection_lists_the_service(client: Client) -> None:
    name = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    list_services = b"\x3a\x01*"
    answers = client.channel.stream_stream(name)(iter([list_services]))
    assert b"postern.v1.EgressService" in next(answers)


@pytest.fixture(scope="module")
def many_listeners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    path: Path = tmp_path_factory.mktemp("sock") / "gate.sock"
    listen = ("127.0.0.1:0", f"unix:{path}", "[::1]:0", "127.0.0.1:0")
    with Gate(*ALLOW_LOOPBACK, listen=listen) as gate:
        yield gate


def test_every_listener_serves(many_listeners: Gate, origin: ScriptedOrigin) -> None:
    tcp, unix, ipv6, other = many_listeners.addresses
    assert unix.startswith("unix:/")
    assert ipv6.startswith("[::1]:")
    assert tcp != other
    for address in many_listeners.addresses:
        with Client(address) as client:
            assert verdict(client.post_one(origin.url(token=SAMPLE))) == SAMPLED, address


def test_batches_at_the_same_time_do_not_mix(client: Client, origin: ScriptedOrigin) -> None:
    def one_caller(_: int) -> None:
        tokens = [new_token() for _ in range(500)]
        results = client.post([item(origin.url(token=t), timeout=60.0) for t in tokens])
        assert [verdict(result) for result in results] == [Answer(200, t.encode()) for t in tokens]

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(one_caller, range(8)))


def test_results_arrive_as_items_finish(client: Client, origin: ScriptedOrigin) -> None:
    """A quick item's result does not wait for a slow sibling."""
    hold_s = 1.0 * SLOWNESS
    origin.scripts["hang"] = Script(End.HANG)
    items = [item(origin.url("hang"), timeout=hold_s), item(origin.url(), timeout=hold_s)]
    order = [verdict(result) for result in client.stream(items)]
    assert isinstance(order[0], Answer)
    assert order[1] == Failed("TIMEOUT", "MAYBE_SENT", "WAIT")
