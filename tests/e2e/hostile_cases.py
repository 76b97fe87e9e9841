"""Answers that break the rules, by kind, and the verdict that each must get."""

from support.script import TOKEN, End, Endless, Pause, Step, answer, chunk, chunked
from support.verdict import Answer, Failed

MIB = 1 << 20

# No valid head came: the origin may have acted. After one, it has answered.
BAD_HEAD = Failed("BAD_RESPONSE", "MAYBE_SENT", "RECEIVE")
BAD_BODY = Failed("BAD_RESPONSE", "ANSWERED", "RECEIVE")
LOST_WAITING = Failed("CONNECTION_LOST", "MAYBE_SENT", "WAIT")
LOST_IN_HEAD = Failed("CONNECTION_LOST", "MAYBE_SENT", "RECEIVE")
LOST_IN_BODY = Failed("CONNECTION_LOST", "ANSWERED", "RECEIVE")
TOO_LARGE = Failed("RESPONSE_TOO_LARGE", "ANSWERED", "RECEIVE")
OK = Answer(200, TOKEN)

HEAD = b"HTTP/1.1 200 OK\r\n"
TE = HEAD + b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: 16\r\n"
LAST_CHUNK = b"0\r\n\r\n"
ONE_CHUNK = chunk(TOKEN) + LAST_CHUNK

Case = tuple[Answer | Failed, tuple[Step, ...]]


def bad_head(*steps: Step) -> Case:
    return BAD_HEAD, steps


def bad_body(body: bytes) -> Case:
    return BAD_BODY, (TE + b"\r\n" + body, End.HANG)


def length(value: bytes) -> Case:
    return bad_head(HEAD + b"Content-Length:" + value + b"\r\n\r\n" + TOKEN)


def coding(value: bytes) -> Case:
    return bad_head(HEAD + b"Transfer-Encoding:" + value + b"\r\n\r\n" + ONE_CHUNK)


def status_line(line: bytes) -> Case:
    return bad_head(line + b"\r\n" + LENGTH + b"\r\n" + TOKEN)


def field(line: bytes) -> Case:
    return bad_head(HEAD + line + b"\r\n" + LENGTH + b"\r\n" + TOKEN)


ENDINGS: dict[str, Case] = {
    "close instead of an answer": (LOST_WAITING, (End.CLOSE,)),
    "reset instead of an answer": (LOST_WAITING, (End.RESET,)),
    "half close instead of an answer": (LOST_WAITING, (End.HALF_CLOSE,)),
    "close within the status line": (LOST_IN_HEAD, (b"HTTP/1.", End.CLOSE)),
    "reset within the status line": (LOST_IN_HEAD, (b"HTTP/1.", Pause(0.02), End.RESET)),
    "close within the headers": (LOST_IN_HEAD, (HEAD + b"X-A: ", End.CLOSE)),
    "reset within the headers": (LOST_IN_HEAD, (HEAD + b"X-A: ", Pause(0.02), End.RESET)),
    "close after a 100": (LOST_IN_HEAD, (b"HTTP/1.1 100 Continue\r\n\r\n", End.CLOSE)),
    "close before the body": (LOST_IN_BODY, (HEAD + LENGTH + b"\r\n", End.CLOSE)),
    "close within the body": (LOST_IN_BODY, (answer()[:-1], End.CLOSE)),
    "reset within the body": (LOST_IN_BODY, (answer()[:-1], Pause(0.02), End.RESET)),
    "reset of a close-delimited body": (
        LOST_IN_BODY,
        (HEAD + b"\r\n" + TOKEN, Pause(0.02), End.RESET),
    ),
    "close within a chunk": (LOST_IN_BODY, (TE + b"\r\n" + chunk(TOKEN)[:-3], End.CLOSE)),
    "close within a chunk size": (LOST_IN_BODY, (TE + b"\r\n1", End.CLOSE)),
    "close without the last chunk": (LOST_IN_BODY, (TE + b"\r\n" + chunk(TOKEN), End.CLOSE)),
    "close before the trailers' end": (LOST_IN_BODY, (chunked(chunk(TOKEN))[:-2], End.CLOSE)),
    "reset without the last chunk": (
        LOST_IN_BODY,
        (TE + b"\r\n" + chunk(TOKEN), Pause(0.02), End.RESET),
    ),
}

HEADS: dict[str, Case] = {
    "HTTP/0.9": bad_head(b"<html>" + TOKEN + b"</html>\r\n", End.CLOSE),
    "another protocol": bad_head(b"SSH-2.0-OpenSSH_9.2\r\n", End.HANG),
    "binary": bad_head(bytes(range(128, 256)) * 8, End.HANG),
    "a TLS alert": bad_head(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", End.HANG),
    "a stale body first": bad_head(b"left over" + answer()),
    "HTTP/2.0": status_line(b"HTTP/2.0 200 OK"),
    "HTTP/11": status_line(b"HTTP/11 200 OK"),
    "HTTP/1.10": status_line(b"HTTP/1.10 200 OK"),
    "lower-case http": status_line(b"http/1.1 200 OK"),
    "ICY": status_line(b"ICY 200 OK"),
    "no version": status_line(b"200 OK"),
    "two digits": status_line(b"HTTP/1.1 20 OK"),
    "four digits": status_line(b"HTTP/1.1 2000 OK"),
    "letters in the status": status_line(b"HTTP/1.1 2x0 OK"),
    "negative status": status_line(b"HTTP/1.1 -20 OK"),
    "status 000": status_line(b"HTTP/1.1 000 OK"),
    "status 099": status_line(b"HTTP/1.1 099 OK"),
    "two spaces before the status": status_line(b"HTTP/1.1  200 OK"),
    "NUL in the reason": status_line(b"HTTP/1.1 200 O\0K"),
    "bare LF everywhere": bad_head(answer().replace(b"\r\n", b"\n")),
    "bare LF after the status line": bad_head(b"HTTP/1.1 200 OK\n" + LENGTH + b"\r\n" + TOKEN),
    "bare LF after a header": bad_head(HEAD + b"Content-Length: 16\n\r\n" + TOKEN),
    "bare LF at the end": bad_head(HEAD + LENGTH + b"\n" + TOKEN),
    "bare CR in a value": field(b"X-A: a\rb"),
    "NUL in a value": field(b"X-A: a\0b"),
    "control character in a value": field(b"X-A: a\x01b"),
    "space before the colon": field(b"X-A : a"),
    "space in a name": field(b"X A: a"),
    "NUL in a name": field(b"X\0A: a"),
    "no name": field(b": a"),
    "no colon": field(b"X-A"),
    "folded header": field(b"X-A: a\r\n b"),
    "folded header, tab": field(b"X-A: a\r\n\tb"),
    "folded Content-Length": bad_head(HEAD + b"Content-Length:\r\n 16\r\n\r\n" + TOKEN),
    "space before the first header": field(b" X-A: a"),
    "101": bad_head(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", End.HANG),
}

FRAMING: dict[str, Case] = {
    "two lengths": bad_head(HEAD + LENGTH + b"Content-Length: 17\r\n\r\n" + TOKEN),
    "two lengths, the first zero": bad_head(HEAD + b"Content-Length: 0\r\n" + LENGTH + b"\r\n"),
    "list of two lengths": length(b" 16, 17"),
    "length +16": length(b" +16"),
    "length -16": length(b" -16"),
    "length -1": length(b" -1"),
    "length 0x10": length(b" 0x10"),
    "length 1 6": length(b" 1 6"),
    "length 16.0": length(b" 16.0"),
    "length 1e1": length(b" 1e1"),
    "length 16;": length(b" 16;"),
    "length empty": length(b""),
    "length in words": length(b" sixteen"),
    "length 2^64": length(b" 18446744073709551616"),
    "length of 100 digits": length(b" " + b"9" * 100),
    "length in a 204": bad_head(b"HTTP/1.1 204 No Content\r\nContent-Length: x\r\n\r\n"),
    "length and chunked": bad_head(TE + LENGTH + b"\r\n" + ONE_CHUNK),
    "chunked and length": bad_head(HEAD + LENGTH + TE[len(HEAD) :] + b"\r\n" + ONE_CHUNK),
    "length 0 and chunked": bad_head(TE + b"Content-Length: 0\r\n\r\n" + ONE_CHUNK),
    "chunked twice": bad_head(TE + TE[len(HEAD) :] + b"\r\n" + ONE_CHUNK),
    "chunked, chunked": coding(b" chunked, chunked"),
    "gzip, chunked": coding(b" gzip, chunked"),
    "chunked, gzip": coding(b" chunked, gzip"),
    "chunked, identity": coding(b" chunked, identity"),
    "identity": coding(b" identity"),
    "gzip": coding(b" gzip"),
    "xchunked": coding(b" xchunked"),
    "xchunked and length": bad_head(
        HEAD + b"Transfer-Encoding: xchunked\r\n" + LENGTH + b"\r\n" + TOKEN
    ),
    "chunkedx": coding(b" chunkedx"),
    "chunked;q=1": coding(b" chunked;q=1"),
    '"chunked"': coding(b' "chunked"'),
    "vertical tab before chunked": coding(b"\x0bchunked"),
    "empty coding": coding(b""),
    "chunked in HTTP/1.0": bad_head(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
        + ONE_CHUNK
    ),
}

CHUNKS: dict[str, Case] = {
    "no size": bad_body(b"\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size not hexadecimal": bad_body(b"xyz\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size 0x10": bad_body(b"0x10\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size +10": bad_body(b"+10\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size -10": bad_body(b"-10\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "space before the size": bad_body(b" 10\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size 2^64": bad_body(b"10000000000000000\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "size 2^64 + 16": bad_body(b"10000000000000010\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "bare LF after the size": bad_body(b"10\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "bare CR after the size": bad_body(b"10\r" + TOKEN + b"\r\n" + LAST_CHUNK),
    "bare LF in an extension": bad_body(b"10;a\nb\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "no CRLF after the data": bad_body(b"10\r\n" + TOKEN + LAST_CHUNK),
    "bare LF after the data": bad_body(b"10\r\n" + TOKEN + b"\n" + LAST_CHUNK),
    "more data than the size": bad_body(b"f\r\n" + TOKEN + b"\r\n" + LAST_CHUNK),
    "bare LF at the end": bad_body(chunk(TOKEN) + b"0\r\n\n"),
    "trailer without colon": bad_body(chunk(TOKEN) + b"0\r\nX-A\r\n\r\n"),
    "trailer with bare LF": bad_body(chunk(TOKEN) + b"0\r\nX-A: a\n\r\n"),
    "folded trailer": bad_body(chunk(TOKEN) + b"0\r\nX-A: a\r\n b\r\n\r\n"),
}

ENDLESS: dict[str, Case] = {
    "status line": bad_head(b"HTTP/1.1 200 ", Endless(b"a" * 1024)),
    "digits in the status line": bad_head(b"HTTP/1.1 2", Endless(b"0" * 1024)),
    "headers": bad_head(HEAD, Endless(b"X-A: a\r\n")),
    "one header's name": bad_head(HEAD, Endless(b"a" * 1024)),
    "one header's value": bad_head(HEAD + b"X-A: ", Endless(b"a" * 1024)),
    "one header's folds": bad_head(HEAD + b"X-A: ", Endless(b"a\r\n ")),
    "header of 70,000 bytes": bad_head(answer(headers=b"X-A: " + b"a" * 70_000 + b"\r\n")),
    "header of 16 MiB": bad_head(answer(headers=b"X-A: " + b"a" * (16 * MIB) + b"\r\n")),
    "10,000 headers": bad_head(answer(headers=b"X-A: a\r\n" * 10_000)),
    "Content-Length digits": bad_head(HEAD + b"Content-Length: ", Endless(b"0" * 1024)),
    "empty lines": bad_head(Endless(b"\r\n")),
    "NUL": bad_head(Endless(b"\0" * 1024)),
    "100s": bad_head(Endless(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "100s, slowly": bad_head(Endless(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)),
    "103s with headers": bad_head(Endless(b"HTTP/1.1 103 x\r\n" + b"X-A: a\r\n" * 50 + b"\r\n")),
    "body in length": (TOO_LARGE, (HEAD + b"Content-Length: 9999999999\r\n\r\n", Endless(TOKEN))),
    "body in chunks": (TOO_LARGE, (TE + b"\r\n", Endless(chunk(b"a" * 1024)))),
    "body in chunks of one": (TOO_LARGE, (TE + b"\r\n", Endless(chunk(b"a") * 1024))),
    "body until close": (TOO_LARGE, (HEAD + b"\r\n", Endless(b"a" * 1024))),
    "one chunk": (TOO_LARGE, (TE + b"\r\nffffffffffff\r\n", Endless(b"a" * 1024))),
    "chunk size": (BAD_BODY, (TE + b"\r\n", Endless(b"0" * 1024))),
    "chunk extension": (BAD_BODY, (TE + b"\r\n10;", Endless(b"a" * 1024))),
    "chunk extensions": (BAD_BODY, (TE + b"\r\n", Endless(chunk(b"a", b";" + b"e" * 1024)))),
    "trailers": (BAD_BODY, (TE + b"\r\n" + chunk(TOKEN) + b"0\r\n", Endless(b"X-A: a\r\n"))),
    "one trailer": (BAD_BODY, (TE + b"\r\n" + chunk(TOKEN) + b"0\r\nX-A: ", Endless(b"a" * 1024))),
}

# All of them, by kind and name.
EXPECTED: dict[str, Case] = {
    f"{kind}: {name}": case
    for kind, cases in {
        "ending": ENDINGS,
        "head": HEADS,
        "framing": FRAMING,
        "chunk": CHUNKS,
        "endless": ENDLESS,
    }.items()
    for name, case in cases.items()
}
