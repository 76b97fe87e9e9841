"""Well-formed answers of every shape: what comes back, and that the connection stays in step."""

import gzip
import json
from collections.abc import Iterator

import pytest
from support.client import Client, discard, item, keep, truncate
from support.httpbin_server import HttpbinServer
from support.script import Drip, End, Pause, SAMPLE, Script, Step, TOKEN, answer, chunk, chunked
from support.scripted_origin import ScriptedOrigin, new_token
from support.stubs import pb
from support.timing import eventually
from support.verdict import SAMPLED, Answer, Failed, verdict

MIB = 1 << 20
DEFAULT_BODY_LIMIT = MIB
TOO_LARGE = Failed("RESPONSE_TOO_LARGE", "ANSWERED", "RECEIVE")

HEAD = b"HTTP/1.1 200 OK\r\n"
CLOSE_DELIMITED = HEAD + b"\r\n" + TOKEN

# Shapes of an answer whose body is TOKEN, after which the connection carries the next request.
REUSABLE: dict[str, tuple[Step, ...]] = {
    "content-length": (answer(),),
    "content-length with leading zeros": (HEAD + b"Content-Length: 0016\r\n\r\n" + TOKEN,),
    "lower-case header names": (HEAD + b"content-length: 16\r\n\r\n" + TOKEN,),
    "no space after the colon": (HEAD + b"Content-Length:16\r\n\r\n" + TOKEN,),
    "spaces around the value": (HEAD + b"Content-Length: \t 16 \t\r\n\r\n" + TOKEN,),
    "keep-alive in HTTP/1.0": (answer(version="1.0", headers=b"Connection: keep-alive\r\n"),),
    "one chunk": (chunked(chunk(TOKEN)),),
    "upper-case chunk sizes": (chunked(b"0010\r\n" + TOKEN + b"\r\n"),),
    "chunk extensions": (chunked(chunk(TOKEN, b';a;b=c;d="e f"')),),
    "extension of the last chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(TOKEN) + b"0;last\r\n\r\n",
    ),
    "trailers": (chunked(chunk(TOKEN), trailers=b"X-Trailer: 1\r\nX-Other: 2\r\n"),),
    "Chunked spelled with capitals": (
        HEAD + b"Transfer-Encoding: Chunked\r\n\r\n" + chunk(TOKEN) + b"0\r\n\r\n",
    ),
    "100 before": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),),
    "103 before": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(),),
    "100, 102 and 103 before": (
        b"".join(b"HTTP/1.1 %d x\r\n\r\n" % code for code in (100, 102, 103)) + answer(),
    ),
    "103 long before": (b"HTTP/1.1 103 Early Hints\r\n\r\n", Pause(0.05), answer()),
    "dripped": (Drip(answer()),),
    "dripped chunks": (Drip(chunked(chunk(TOKEN, b";e=f"))),),
    "head, pause, body": (answer()[: -len(TOKEN)], Pause(0.05), TOKEN),
    "8 KiB header": (answer(headers=b"X-Long: " + b"a" * 8192 + b"\r\n"),),
    "100 headers": (answer(headers=b"X-Many: a\r\n" * 100),),
    "unknown headers": (answer(headers=b"X-!#$%&'*+.^_`|~: \xff\x80\r\n"),),
}

# The same, after which it may not: the origin says so, or closes.
CLOSING: dict[str, tuple[Step, ...]] = {
    "close-delimited": (CLOSE_DELIMITED, End.CLOSE),
    "close-delimited, dripped": (Drip(CLOSE_DELIMITED), End.CLOSE),
    "close-delimited HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\n" + TOKEN, End.CLOSE),
    "close-delimited, half closed": (CLOSE_DELIMITED, End.HALF_CLOSE),
    "Connection: close": (answer(headers=b"Connection: close\r\n"), End.HANG),
    "Connection: close among others": (answer(headers=b"Connection: x, Close\r\n"), End.HANG),
    "HTTP/1.0": (answer(version="1.0"), End.HANG),
    "content-length, then close": (answer(), End.CLOSE),
    "content-length, then reset": (answer(), Pause(0.02), End.RESET),
    "chunked, then close": (chunked(chunk(TOKEN)), End.CLOSE),
}

STATUSES = [200, 201, 202, 206, 226, 299, 300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 408]
STATUSES += [409, 410, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 511, 599]


def assert_in_step(solo: Client, origin: ScriptedOrigin) -> None:
    """Posts the script "case" between others, twice; all answers are right."""
    names = ("case", "ok", "case", "ok", "ok")
    tokens = [new_token() for _ in names]
    items = [item(origin.url(*at)) for at in zip(names, tokens)]
    results = solo.post(items)
    assert [verdict(result) for result in results] == [Answer(200, t.encode()) for t in tokens]
    assert sorted(origin.tokens()) == sorted(tokens)


@pytest.mark.parametrize("name", REUSABLE)
def test_answers_that_keep_the_connection(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    origin.scripts["case"] = Script(*REUSABLE[name])
    assert_in_step(solo, origin)
    assert len(origin.connections) == 1


@pytest.mark.parametrize("name", CLOSING)
def test_answers_that_end_the_connection(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    origin.scripts["case"] = Script(*CLOSING[name])
    for script in ("case", "ok"):
        token = new_token()
        assert verdict(solo.post_one(origin.url(script, token))) == Answer(200, token.encode())
        if script == "case":
            eventually(lambda: not origin.open_connections(), "the connection to end")
    assert origin.requests[0].connection != origin.requests[1].connection


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_a_response(solo: Client, origin: ScriptedOrigin, status: int) -> None:
    origin.scripts["case"] = Script(answer(status=f"{status} Whatever It Says"))
    token = new_token()
    result = solo.post_one(origin.url("case", token))
    assert verdict(result) == Answer(status, token.encode())
    assert result.attempts[-1].status == status


def test_a_chunk_for_each_byte(solo: Client, origin: ScriptedOrigin) -> None:
    body = bytes(range(256)) * 4
    origin.scripts["case"] = Script(chunked(*(chunk(bytes([byte])) for byte in body)))
    assert [verdict(solo.post_one(origin.url("case"))) for _ in range(2)] == [Answer(200, body)] * 2
    assert len(origin.connections) == 1


NO_BODY = {
    "204": ("POST", 204, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": ("GET", 304, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "304 with Content-Length": ("GET", 304, b"HTTP/1.1 304 OK\r\nContent-Length: 99\r\n\r\n"),
    "HEAD": ("HEAD", 200, HEAD + b"Content-Length: 99\r\n\r\n"),
    "HEAD, chunked": ("HEAD", 200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "HEAD, no length": ("HEAD", 200, HEAD + b"\r\n"),
    "Content-Length: 0": ("POST", 200, HEAD + b"Content-Length: 0\r\n\r\n"),
    "no chunk": ("POST", 200, chunked()),
}


@pytest.mark.parametrize("name", NO_BODY)
def test_answers_without_body(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    method, status, head = NO_BODY[name]
    origin.scripts["case"] = Script(head)
    items = [item(origin.url("case"), method=method), item(origin.url(token=SAMPLE))]
    first, second = solo.post(items)
    assert (verdict(first), verdict(second)) == (Answer(status, b""), SAMPLED)


def test_an_empty_close_delimited_body(solo: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["case"] = Script(HEAD + b"\r\n", End.CLOSE)
    assert verdict(solo.post_one(origin.url("case"))) == Answer(200, b"")


def test_an_unknown_content_encoding_comes_back_untouched(
    solo: Client, origin: ScriptedOrigin
) -> None:
    body = gzip.compress(b"text " * 100)
    for coding in (b"gzip", b"x-unknown"):
        origin.scripts["case"] = Script(answer(body, headers=b"Content-Encoding: %s\r\n" % coding))
        result = solo.post_one(origin.url("case"))
        assert verdict(result) == Answer(200, body)
        headers = {h.name: h.value for h in result.response.headers}
        assert headers["Content-Encoding"] == coding


def test_trailers_and_interim_headers_are_not_headers(solo: Client, origin: ScriptedOrigin) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nX-Interim: 1\r\n\r\n"
    origin.scripts["case"] = Script(interim + chunked(chunk(b"a"), trailers=b"X-Trailer: 1\r\n"))
    names = {h.name for h in solo.post_one(origin.url("case")).response.headers}
    assert names == {"Transfer-Encoding"}


def test_redirects_are_not_followed(solo: Client, origin: ScriptedOrigin) -> None:
    away = f"Location: {origin.url('elsewhere')}\r\n".encode()
    origin.scripts["case"] = Script(answer(b"", status="302 Found", headers=away))
    assert verdict(solo.post_one(origin.url("case"))) == Answer(302, b"")
    assert len(origin.requests) == 1


# --- body modes -------------------------------------------------------------------------------

FRAMINGS = ("length", "chunked", "close")


def body_script(framing: str, size: int) -> Script:
    body = b"b" * size
    match framing:
        case "length":
            return Script(answer(body))
        case "chunked":
            pieces = (body[at : at + 1000] for at in range(0, size, 1000))
            return Script(chunked(*map(chunk, pieces)))
        case _:
            return Script(HEAD + b"\r\n" + body, End.CLOSE)


BODY_MODES = {
    "keep, at the limit": (keep(5000), 5000, Answer(200, b"b" * 5000)),
    "keep, over the limit": (keep(5000), 5001, TOO_LARGE),
    "keep, far over the limit": (keep(5000), 5 * MIB, TOO_LARGE),
    "default, at the limit": (None, DEFAULT_BODY_LIMIT, Answer(200, b"b" * DEFAULT_BODY_LIMIT)),
    "default, over the limit": (None, DEFAULT_BODY_LIMIT + 1, TOO_LARGE),
    "keep, limit of its own": (keep(0), DEFAULT_BODY_LIMIT + 1, TOO_LARGE),
    "truncate, under the limit": (truncate(5000), 4999, Answer(200, b"b" * 4999)),
    "truncate, at the limit": (truncate(5000), 5000, Answer(200, b"b" * 5000)),
    "truncate, over the limit": (truncate(5000), 5001, Answer(200, b"b" * 5000, True)),
    "truncate, far over": (truncate(5000), 5 * MIB, Answer(200, b"b" * 5000, True)),
    "discard": (discard(), 100_000, Answer(200, b"")),
}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", BODY_MODES)
def test_body_modes(solo: Client, origin: ScriptedOrigin, name: str, framing: str) -> None:
    policy, size, expected = BODY_MODES[name]
    origin.scripts["case"] = body_script(framing, size)
    token = new_token()
    items = [item(origin.url("case"), response_body=policy), item(origin.url(token=token))]
    case, sibling = solo.post(items)
    assert verdict(case) == expected
    assert verdict(sibling) == Answer(200, token.encode())


def test_a_length_over_the_limit_fails_before_the_body_comes(
    solo: Client, origin: ScriptedOrigin
) -> None:
    origin.scripts["case"] = Script(HEAD + b"Content-Length: 1000000000000\r\n\r\n", End.HANG)
    assert verdict(solo.post_one(origin.url("case"), timeout=20.0)) == TOO_LARGE


def test_unspecified_mode_keeps(solo: Client, origin: ScriptedOrigin) -> None:
    origin.scripts["case"] = body_script("length", 101)
    policy = pb.ResponseBodyPolicy(max_bytes=100)
    assert verdict(solo.post_one(origin.url("case"), response_body=policy)) == TOO_LARGE


# --- TLS --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["content-length", "chunk extensions", "dripped", "103 before"])
def test_the_same_over_tls(solo: Client, tls_origin: ScriptedOrigin, name: str) -> None:
    tls_origin.scripts["case"] = Script(*REUSABLE[name])
    assert_in_step(solo, tls_origin)
    assert len(tls_origin.connections) == 1


TLS_ENDINGS = {
    "close-delimited": ((CLOSE_DELIMITED, End.CLOSE), None),
    "close-delimited without close_notify": (
        (CLOSE_DELIMITED, End.CUT),
        Failed("CONNECTION_LOST", "ANSWERED", "RECEIVE"),
    ),
    "complete by length without close_notify": ((answer(), End.CUT), None),
    "cut within a body of known length": (
        (answer(TOKEN * 2)[: -len(TOKEN)], End.CUT),
        Failed("CONNECTION_LOST", "ANSWERED", "RECEIVE"),
    ),
}


@pytest.mark.parametrize("name", TLS_ENDINGS)
def test_endings_over_tls(solo: Client, tls_origin: ScriptedOrigin, name: str) -> None:
    steps, failure = TLS_ENDINGS[name]
    tls_origin.scripts["case"] = Script(*steps)
    token = new_token()
    result = solo.post_one(tls_origin.url("case", token))
    assert verdict(result) == (failure or Answer(200, token.encode()))


# --- httpbin ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def httpbin() -> Iterator[HttpbinServer]:
    with HttpbinServer() as server:
        yield server


def test_httpbin_echoes_what_was_sent(client: Client, httpbin: HttpbinServer) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        result = client.post_one(
            httpbin.url("/anything/a?x=1"),
            method=method,
            headers={"Content-Type": b"text/plain", "X-Mine": b"1"},
            body=b"hello",
        )
        assert result.response.status == 200
        said = json.loads(result.response.body)
        assert (said["method"], said["data"], said["args"]) == (method, "hello", {"x": "1"})
        assert said["headers"]["X-Mine"] == "1"


def test_httpbin_statuses_and_shapes(client: Client, httpbin: HttpbinServer) -> None:
    expected = {
        "/status/204": (204, 0),
        "/status/404": (404, 0),
        "/status/500": (500, 0),
        "/redirect-to?url=http://127.0.0.1:1/": (302, 0),
        "/bytes/1000?seed=1": (200, 1000),
        "/stream-bytes/5000?seed=1&chunk_size=100": (200, 5000),
        "/drip?numbytes=5&duration=1&delay=0": (200, 5),
        "/range/2000": (200, 2000),
    }
    results = client.post([item(httpbin.url(path), method="GET") for path in expected])
    got = [(r.response.status, len(r.response.body)) for r in results]
    assert dict(zip(expected, got)) == expected


def test_httpbin_delay_past_the_timeout(client: Client, httpbin: HttpbinServer) -> None:
    result = client.post_one(httpbin.url("/delay/3"), method="GET", timeout=0.5)
    assert verdict(result) == Failed("TIMEOUT", "MAYBE_SENT", "WAIT")
