"""A scripted name server on loopback, UDP and TCP on one port, that counts queries."""

import asyncio
import ipaddress
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from support.loop_thread import LoopThread

_A, _AAAA = 1, 28
_TYPE_NAMES = {_A: "A", _AAAA: "AAAA"}
_NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
_RESPONSE, _RECURSION, _TRUNCATED = 0x8000, 0x0180, 0x0200
_IN_CLASS = 1
_HEADER = struct.Struct("!6H")
_NAME_POINTER = 0xC00C
_PORT_TRIES = 20

Address = tuple[str, int]


@dataclass(frozen=True)
class Zone:
    """What is known of one name.

    `silent`: no answer ever. `over_tcp_only`: UDP answers are truncated and empty.
    """

    addresses: tuple[str, ...] = ()
    ttl_s: int = 60
    rcode: int = _NOERROR
    delay_s: float = 0.0
    silent: bool = False
    over_tcp_only: bool = False


def addresses(*which: str, ttl_s: int = 60) -> Zone:
    return Zone(which, ttl_s)


@dataclass
class DnsServer:
    """Names that are not in `zones` do not exist. `zones` may change while it serves."""

    thread: LoopThread
    zones: dict[str, Zone] = field(default_factory=dict)
    # How often ("name", "A" or "AAAA") was asked for, by UDP and by TCP.
    udp_queries: Counter[tuple[str, str]] = field(default_factory=Counter)
    tcp_queries: Counter[tuple[str, str]] = field(default_factory=Counter)
    port: int = 0

    def __enter__(self) -> "DnsServer":
        self.thread.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.run(self._stop())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def queries(self, name: str) -> int:
        """How many lookups of `name` there were: A and AAAA queries of one lookup count once."""
        return max(self.udp_queries[name, kind] for kind in _TYPE_NAMES.values())

    async def _start(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        for _ in range(_PORT_TRIES):
            self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", 0)
            self.port = self._tcp.sockets[0].getsockname()[1]
            try:
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), ("127.0.0.1", self.port)
                )
                return
            except OSError:  # The port is free for TCP only.
                self._tcp.close()
        raise AssertionError("no port free for both UDP and TCP")

    async def _stop(self) -> None:
        self._udp.close()
        self._tcp.close()
        for task in self._tasks:
            task.cancel()

    def datagram(self, transport: asyncio.DatagramTransport, query: bytes, peer: Address) -> None:
        """Answers one UDP query in a task of its own."""

        async def answer() -> None:
            reply = await self._answer(query, self.udp_queries, udp=True)
            if reply is not None:
                transport.sendto(reply, peer)

        task = asyncio.get_running_loop().create_task(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                query = await reader.readexactly(length)
                reply = await self._answer(query, self.tcp_queries, udp=False)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, query: bytes, counts: Counter[tuple[str, str]], udp: bool
    ) -> bytes | None:
        name, kind, question = _parse(query)
        counts[name, _TYPE_NAMES.get(kind, str(kind))] += 1
        zone = self.zones.get(name, Zone(rcode=NXDOMAIN))
        if zone.silent:
            return None
        await asyncio.sleep(zone.delay_s)
        flags = _RESPONSE | _RECURSION | zone.rcode
        records: list[bytes] = []
        if udp and zone.over_tcp_only:
            flags |= _TRUNCATED
        else:
            records = _records(zone, kind)
        (query_id,) = struct.unpack_from("!H", query)
        header = _HEADER.pack(query_id, flags, 1, len(records), 0, 0)
        return header + question + b"".join(records)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._server.datagram(self._transport, data, addr)


def _parse(query: bytes) -> tuple[str, int, bytes]:
    """The lower-cased name, the type and the raw bytes of the only question."""
    labels: list[str] = []
    at = _HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    (kind,) = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels), kind, query[_HEADER.size : at + 5]


def _records(zone: Zone, kind: int) -> list[bytes]:
    version = {_A: 4, _AAAA: 6}.get(kind)
    packed = [a.packed for a in map(ipaddress.ip_address, zone.addresses) if a.version == version]
    return [
        struct.pack("!HHHIH", _NAME_POINTER, kind, _IN_CLASS, zone.ttl_s, len(data)) + data
        for data in packed
    ]
