"""An HTTP/1.1 origin on raw sockets that does whatever a script says, and records what it saw.

A request for /NAME/TOKEN runs the script called NAME ("ok" is there from the start); whatever
path is asked for, the last segment is the request's token.
"""

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field

from support.loop_thread import LoopThread
from support.script import TOKEN, After, Drip, End, Endless, Pause, Script, Step, answer

_tokens = itertools.count()
_LINGER_ZERO = struct.pack("ii", 1, 0)
_READ_BYTES = 1 << 16
_RECEIVE_BUFFER_BYTES = 1 << 16


def new_token() -> str:
    """Unique in this process; 16 bytes, as TOKEN is."""
    return f"{next(_tokens):016x}"


@dataclass
class Request:
    """One request, as it came."""

    token: str
    connection: int
    method: str
    target: str
    headers: list[tuple[str, bytes]]
    body: bytes = b""

    def values(self, name: str) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Connection:
    """One accepted connection. Times are of the monotonic clock, in seconds."""

    serial: int
    opened_at: float
    closed_at: float | None = None
    # Of TLS: what the handshake settled.
    server_name: str | None = None
    tls_version: str | None = None
    resumed: bool | None = None


@dataclass
class _Stream:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: Connection

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_peer_closes(self) -> None:
        while await self.reader.read(_READ_BYTES):
            pass

    def abort(self) -> None:
        self.writer.transport.abort()

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.abort()


class _Ended(Exception):
    """The script, or the peer, is done with this connection."""


@dataclass
class ScriptedOrigin:
    """Listens once started. `tls` makes it an HTTPS origin.

    `on_accept`, where set, is what happens on every new connection, before any request is read.
    """

    thread: LoopThread
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    on_accept: Script | None = None
    scripts: dict[str, Script] = field(default_factory=lambda: {"ok": Script(answer())})
    requests: list[Request] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    # What went wrong in the origin itself, not on the wire.
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "ScriptedOrigin":
        self.thread.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.run(self._stop())
        assert not self.errors, f"the origin itself failed: {self.errors}"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def url(self, name: str = "ok", token: str | None = None, host: str | None = None) -> str:
        """The URL that runs the script `name`; `host` replaces the address by another name."""
        token = token or new_token()
        assert len(token) == len(TOKEN), f"{token!r} is not {len(TOKEN)} bytes"
        authority = f"{host}:{self.port}" if host else self.authority
        return f"http{'s' if self.tls else ''}://{authority}/{name}/{token}"

    def tokens(self) -> list[str]:
        return [request.token for request in self.requests]

    def connection_of(self, token: str) -> int:
        """The serial of the connection that carried `token`, which must have come exactly once."""
        serials = [seen.connection for seen in self.requests if seen.token == token]
        assert len(serials) == 1, f"token {token} came {len(serials)} times"
        return serials[0]

    def open_connections(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.closed_at is None]

    async def _start(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Small, so that a peer that is not read is soon held up.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listener.bind((self.host, self.port))
        self._server = await asyncio.start_server(
            self._accepted, sock=listener, ssl=self.tls, backlog=1024
        )
        self.port = listener.getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        seen = Connection(len(self.connections), time.monotonic())
        self.connections.append(seen)
        session: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        if session is not None:
            seen.tls_version = session.version()
            seen.resumed = session.session_reused
            seen.server_name = getattr(session, "asked_for", None)
        stream = _Stream(reader, writer, seen)
        try:
            await self._serve(stream)
        except (_Ended, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        except asyncio.CancelledError:
            stream.abort()
        except Exception as error:  # Reported when the origin stops.
            self.errors.append(error)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()
            seen.closed_at = time.monotonic()
            self._tasks.discard(task)

    async def _serve(self, stream: _Stream) -> None:
        if self.on_accept is not None:
            await self._run(stream, self.on_accept, b"")
        while True:
            request = await self._read_head(stream)
            name = request.target.split("/")[1]
            script = self.scripts[name]
            if script.after is After.REQUEST:
                length = int((request.values("content-length") or [b"0"])[0])
                request.body = await stream.reader.readexactly(length)
            self.requests.append(request)
            await self._run(stream, script, request.token.encode())

    async def _read_head(self, stream: _Stream) -> Request:
        lines: list[bytes] = []
        while (line := await stream.reader.readuntil(b"\r\n")) != b"\r\n":
            lines.append(line[:-2])
        method, target, _ = lines[0].decode().split(" ")
        fields = (line.split(b":", 1) for line in lines[1:])
        headers = [(name.decode(), value.strip()) for name, value in fields]
        token = target.split("?")[0].rpartition("/")[2]
        return Request(token, stream.seen.serial, method, target, headers)

    async def _run(self, stream: _Stream, script: Script, token: bytes) -> None:
        for step in script.steps:
            await self._take(stream, step, token)

    async def _take(self, stream: _Stream, step: Step, token: bytes) -> None:
        match step:
            case bytes():
                await stream.send(step.replace(TOKEN, token))
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Drip(data, every_s, size):
                data = data.replace(TOKEN, token)
                for start in range(0, len(data), size):
                    await stream.send(data[start : start + size])
                    await asyncio.sleep(every_s)
            case Endless(data, every_s):
                while True:
                    await stream.send(data)
                    await asyncio.sleep(every_s)
            case End():
                await self._end(stream, step)

    async def _end(self, stream: _Stream, end: End) -> None:
        match end:
            case End.CLOSE:
                pass
            case End.CUT:
                stream.abort()
            case End.RESET:
                stream.reset()
            case End.HALF_CLOSE:
                stream.writer.write_eof()
                await stream.until_peer_closes()
            case End.HANG:
                await stream.until_peer_closes()
            case End.STALL:
                stream.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.Event().wait()
        raise _Ended
