"""Malformed items: each is refused with the field and the reason, its siblings run."""

import pytest
from support.client import Client, Item, item
from support.script import SAMPLE
from support.scripted_origin import ScriptedOrigin, new_token
from support.stubs import pb
from support.verdict import SAMPLED, Answer, assert_invalid, verdict

MIB = 1 << 20

BAD_URLS = {
    "": "missing",
    "/path": "http",
    "//127.0.0.1/": "http",
    "127.0.0.1": "http",
    "http:/127.0.0.1/": "http",
    "http:127.0.0.1": "http",
    "ftp://127.0.0.1/": "http",
    "file:///etc/passwd": "http",
    "unix:/tmp/socket": "http",
    "httpx://127.0.0.1/": "http",
    " http://127.0.0.1/": "http",
    "http://": "host",
    "http:///path": "host",
    "http://:80/": "host",
    "http://?q": "host",
    "http://user@127.0.0.1/": "user",
    "http://user:pass@127.0.0.1/": "user",
    "http://user@good.test:80@127.0.0.1/": "user",
    "http://@127.0.0.1/": "user",
    "http://127.0.0.1/#fragment": "fragment",
    "http://127.0.0.1#": "fragment",
    "http://127.0.0.1:0/": "port",
    "http://127.0.0.1:65536/": "port",
    "http://127.0.0.1:99999/": "port",
    "http://127.0.0.1:-1/": "port",
    "http://127.0.0.1:+80/": "port",
    "http://127.0.0.1:80a/": "port",
    "http://127.0.0.1: 80/": "",
    "http://127.0.0.1:80:80/": "",
    "http://a b/": "",
    "http://127.0.0.1/a b": "",
    "http://127.0.0.1\\@evil.test/": "",
    "http://127.0.0.1/\\": "",
    "http://127.0.0.1/\r\nHost: evil": "",
    "http://127.0.0.1\r\n/": "",
    "http://127.0.0.1/\0": "",
    "http://127.0.0.1/\t": "",
    "http://127.0.0.1/\x7f": "",
    "http://127.0.0.1/é": "",
    "http://é.test/": "",
    "http://%31%32%37.0.0.1/": "",
    "http://127.0.0.1/%": "",
    "http://127.0.0.1/%zz": "",
    "http://127.0.0.1/<>": "",
    "http://[::1/": "",
    "http://[::1]80/": "",
    "http://[]/": "",
    "http://[::1%25lo]/": "",
    "http://[127.0.0.1]/": "",
    "http://::1/": "",
    "http://a..b/": "host",
    "http://.a/": "host",
    "http://" + "a" * 64 + ".test/": "host",
    "http://" + "a." * 127 + "test/": "host",
    "http://127.0.0.1/" + "a" * 100_000: "longer",
}

GATE_HEADERS = (
    "Connection Content-Length Transfer-Encoding Upgrade TE Trailer Keep-Alive Host Expect "
    "Proxy-Connection Proxy-Authorization Proxy-Anything host content-LENGTH"
).split()

BAD_ITEMS: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "method with a space": ({"method": "GE T"}, ("method",)),
    "method with CRLF": ({"method": "GET\r\nX: y"}, ("method",)),
    "method with NUL": ({"method": "G\0T"}, ("method",)),
    "method not ASCII": ({"method": "GÉT"}, ("method",)),
    "method CONNECT": ({"method": "CONNECT"}, ("method",)),
    "method too long": ({"method": "M" * 10_000}, ("method",)),
    "header value with CR": ({"headers": {"X-A": b"a\rb"}}, ("headers[0]",)),
    "header value with LF": ({"headers": {"X-A": b"a\nb"}}, ("headers[0]",)),
    "header value with CRLF": ({"headers": {"X-A": b"a\r\nEvil: 1"}}, ("headers[0]",)),
    "header value with NUL": ({"headers": {"X-A": b"a\0b"}}, ("headers[0]",)),
    "header value ending in CR": ({"headers": {"X-A": b"a\r"}}, ("headers[0]",)),
    "header name empty": ({"headers": {"": b"a"}}, ("header", "name")),
    "header name with a space": ({"headers": {"X A": b"a"}}, ("header", "name")),
    "header name with a colon": ({"headers": {"X:A": b"a"}}, ("header", "name")),
    "header name with CRLF": ({"headers": {"X\r\nA": b"a"}}, ("header", "name")),
    "header name with NUL": ({"headers": {"X\0A": b"a"}}, ("header", "name")),
    "header name not ASCII": ({"headers": {"X-É": b"a"}}, ("header", "name")),
    "headers too many": ({"headers": [("X-A", b"a")] * 100_000}, ("header",)),
    "headers too large": ({"headers": {"X-A": b"a" * MIB}}, ("header",)),
    "timeout zero": ({"timeout": 0.0}, ("timeout",)),
    "timeout negative": ({"timeout": -1.0}, ("timeout",)),
    "attempt_timeout zero": ({"attempt_timeout": 0.0}, ("attempt_timeout",)),
    "attempt_timeout negative": ({"attempt_timeout": -0.001}, ("attempt_timeout",)),
    "retry": ({"retry": pb.RetryPolicy(max_attempts=2)}, ("retry", "not supported yet")),
    "retry without end": (
        {"retry": pb.RetryPolicy(max_attempts=2**32 - 1)},
        ("retry", "not supported yet"),
    ),
    "retry_statuses": (
        {"retry": pb.RetryPolicy(retry_statuses=[503])},
        ("retry", "not supported yet"),
    ),
    "signing_secret": ({"signing_secret": "s"}, ("signing_secret", "not supported yet")),
    "credential": ({"credential": "c"}, ("credential", "not supported yet")),
    "idempotency_key with CRLF": ({"idempotency_key": "a\r\nb"}, ("idempotency_key",)),
    **{f"header {name}": ({"headers": {name: b"x"}}, ("header", name)) for name in GATE_HEADERS},
}


def assert_refused_among_siblings(
    client: Client, origin: ScriptedOrigin, bad: Item, words: tuple[str, ...]
) -> None:
    before, after = new_token(), new_token()
    siblings = [item(origin.url(token=before)), bad, item(origin.url(token=after))]
    first, refused, last = client.post(siblings)
    assert_invalid(refused, *words)
    assert verdict(first) == Answer(200, before.encode())
    assert verdict(last) == Answer(200, after.encode())
    assert sorted(origin.tokens()) == [before, after]


@pytest.mark.parametrize("url, why", BAD_URLS.items(), ids=lambda text: repr(text)[:40])
def test_bad_urls_are_refused(client: Client, origin: ScriptedOrigin, url: str, why: str) -> None:
    assert_refused_among_siblings(client, origin, item(url), ("url", why))


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_bad_items_are_refused(client: Client, origin: ScriptedOrigin, name: str) -> None:
    fields, words = BAD_ITEMS[name]
    assert_refused_among_siblings(client, origin, item(origin.url(), **fields), words)


def test_durations_that_protobuf_forbids_are_refused(
    client: Client, origin: ScriptedOrigin
) -> None:
    for seconds, nanos in ((1, -1), (1, 1_000_000_000), (-1, 1), (0, -(2**31))):
        bad = item(origin.url())
        bad.timeout.seconds, bad.timeout.nanos = seconds, nanos
        assert_refused_among_siblings(client, origin, bad, ("timeout",))
        origin.requests.clear()


def test_a_timeout_over_the_maximum_is_clamped(client: Client, origin: ScriptedOrigin) -> None:
    patient = item(origin.url(token=SAMPLE))
    for seconds in (601, 365 * 86_400, 2**63 - 1):
        patient.timeout.seconds = seconds
        assert verdict(client.post([patient])[0]) == SAMPLED


def test_supported_values_of_later_fields_are_accepted(
    client: Client, origin: ScriptedOrigin
) -> None:
    once = item(
        origin.url(token=SAMPLE),
        retry=pb.RetryPolicy(max_attempts=1),
        idempotency=pb.IDEMPOTENCY_IDEMPOTENT,
        idempotency_key="key-1",
    )
    assert verdict(client.post([once])[0]) == SAMPLED
    assert origin.requests[0].values("idempotency-key") == [b"key-1"]
