"""Origins that break the rules: the true verdict, and no byte of it in another item's result."""

import pytest
from hostile_cases import BAD_HEAD, EXPECTED, HEAD, LENGTH, OK
from support.client import Client, item
from support.script import (
    TOKEN,
    After,
    Drip,
    End,
    Pause,
    Script,
    Step,
    answer,
    chunk,
    chunked,
)
from support.scripted_origin import ScriptedOrigin, new_token
from support.timing import SLOWNESS
from support.verdict import Answer, Failed, verdict

MIB = 1 << 20
# Long enough for every verdict here; one that waits for it reports TIMEOUT and fails the test.
PATIENCE_S = 15 * SLOWNESS


def own(expected: Answer | Failed, token: str) -> Answer | Failed:
    """The expectation with the request's own token in place of TOKEN."""
    if isinstance(expected, Failed):
        return expected
    return Answer(expected.status, expected.body.replace(TOKEN, token.encode()), expected.truncated)


# One connection serves these in turn: the case meets a fresh connection, then a reused one.
ROUND = ("case", "ok", "ok", "case", "ok")


def post_round(
    solo: Client, origin: ScriptedOrigin, expected: Answer | Failed, **fields: object
) -> None:
    """Posts ROUND as one batch; `fields` go to the case. Every item has its own true verdict."""
    tokens = [new_token() for _ in ROUND]
    of_case: dict[str, dict[str, object]] = {"ok": {}, "case": fields}
    items = [
        item(origin.url(name, token), timeout=PATIENCE_S, **of_case[name])
        for name, token in zip(ROUND, tokens)
    ]
    got = [verdict(result) for result in solo.post(items, timeout=2 * PATIENCE_S)]
    of_name = {"ok": OK, "case": expected}
    wanted = [own(of_name[name], token) for name, token in zip(ROUND, tokens)]
    assert list(zip(ROUND, got)) == list(zip(ROUND, wanted))
    assert sorted(origin.tokens()) == sorted(tokens)


def assert_never_pooled(origin: ScriptedOrigin) -> None:
    """Nothing follows a case on its connection."""
    last = {request.connection: request for request in origin.requests}
    for request in origin.requests:
        if request.target.startswith("/case/"):
            assert last[request.connection] is request


@pytest.mark.parametrize("name", EXPECTED)
def test_misbehaviour(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    expected, steps = EXPECTED[name]
    origin.scripts["case"] = Script(*steps)
    post_round(solo, origin, expected)
    assert_never_pooled(origin)


@pytest.mark.parametrize("name", [n for n in EXPECTED if n.startswith(("head", "framing"))])
def test_misbehaviour_byte_by_byte(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    """How bytes are cut into segments does not change what they mean."""
    expected, steps = EXPECTED[name]
    dripped = (Drip(s, every_s=0.0005) if isinstance(s, bytes) else s for s in steps)
    origin.scripts["case"] = Script(*dripped)
    post_round(solo, origin, expected)
    assert_never_pooled(origin)


# An identical repetition may be taken as one (RFC 9112 section 6.3) or refused.
REPEATED_LENGTHS = {
    "two fields": HEAD + LENGTH + LENGTH + b"\r\n" + TOKEN,
    "a list": HEAD + b"Content-Length: 16, 16\r\n\r\n" + TOKEN,
}


@pytest.mark.parametrize("name", REPEATED_LENGTHS)
def test_a_repeated_length(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    origin.scripts["case"] = Script(REPEATED_LENGTHS[name])
    tokens = [new_token(), new_token()]
    items = [item(origin.url(*at)) for at in zip(("case", "ok"), tokens)]
    case, sibling = (verdict(result) for result in solo.post(items))
    assert case in (own(OK, tokens[0]), BAD_HEAD)
    assert sibling == own(OK, tokens[1])


# --- more than was asked for ------------------------------------------------------------------

LEFT_OVER = {
    "a second response": ("POST", OK, answer() + answer()),
    "one byte": ("POST", OK, answer() + b"x"),
    "an empty line": ("POST", OK, answer() + b"\r\n"),
    "a response after the last chunk": ("POST", OK, chunked(chunk(TOKEN)) + answer()),
    "a body after 204": ("POST", Answer(204, b""), b"HTTP/1.1 204 No Content\r\n\r\n" + TOKEN),
    "a counted body after 204": ("POST", Answer(204, b""), answer(status="204 No Content")),
    "a body after 304": ("GET", Answer(304, b""), answer(status="304 Not Modified")),
    "a chunked body after 304": (
        "GET",
        Answer(304, b""),
        chunked(chunk(TOKEN)).replace(b"200 OK", b"304 Not Modified"),
    ),
    "a body after HEAD": ("HEAD", Answer(200, b""), answer()),
    "a chunked body after HEAD": ("HEAD", Answer(200, b""), chunked(chunk(TOKEN))),
}


@pytest.mark.parametrize("name", LEFT_OVER)
def test_left_over_bytes_end_the_connection(
    solo: Client, origin: ScriptedOrigin, name: str
) -> None:
    method, expected, data = LEFT_OVER[name]
    origin.scripts["case"] = Script(data)
    post_round(solo, origin, expected, method=method)
    assert_never_pooled(origin)


# --- an answer before the request is complete -------------------------------------------------

# The pause holds the request up for long enough that its answer is seen to be early.
EARLY: dict[str, tuple[Step, ...]] = {
    "then half close": (answer(status="413 Too Large"), Pause(0.1), End.HALF_CLOSE),
    "then the body is never read": (answer(status="413 Too Large"), End.STALL),
    "then the body is read": (answer(status="413 Too Large"), Pause(0.1), End.HANG),
    "dripped": (Drip(answer(status="413 Too Large")), End.STALL),
}


@pytest.mark.parametrize("name", EARLY)
def test_an_answer_before_the_request_is_complete(
    solo: Client, origin: ScriptedOrigin, name: str
) -> None:
    origin.scripts["case"] = Script(*EARLY[name], after=After.HEAD)
    post_round(solo, origin, Answer(413, TOKEN), body=b"x" * (8 * MIB))
    assert_never_pooled(origin)


CUT_SHORT = {"close": End.CLOSE, "reset": End.RESET}


@pytest.mark.parametrize("name", CUT_SHORT)
def test_a_request_that_is_cut_short(solo: Client, origin: ScriptedOrigin, name: str) -> None:
    origin.scripts["case"] = Script(CUT_SHORT[name], after=After.HEAD)
    lost = Failed("CONNECTION_LOST", "MAYBE_SENT", "SEND")
    post_round(solo, origin, lost, body=b"x" * (8 * MIB))


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_a_connection_that_ends_at_once(solo: Client, origin: ScriptedOrigin, end: End) -> None:
    """Whether the request got out first is a race; what is said must fit it."""
    origin.on_accept = Script(end)
    got = verdict(solo.post_one(origin.url(), timeout=PATIENCE_S))
    assert got in {
        Failed("CONNECT", "NOT_SENT", "CONNECT"),
        Failed("CONNECTION_LOST", "NOT_SENT", "SEND"),
        Failed("CONNECTION_LOST", "MAYBE_SENT", "SEND"),
        Failed("CONNECTION_LOST", "MAYBE_SENT", "WAIT"),
    }
    assert origin.requests == []


def test_the_attempt_names_the_status_of_a_broken_response(
    solo: Client, origin: ScriptedOrigin
) -> None:
    origin.scripts["case"] = Script(answer(status="503 x")[:-1], End.CLOSE)
    (attempt,) = solo.post_one(origin.url("case")).attempts
    assert attempt.status == 503
