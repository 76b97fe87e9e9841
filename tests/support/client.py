"""An independent caller: grpcio and generated stubs, nothing of the project's client libraries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import grpc

from support.stubs import pb, pb_grpc
from support.timing import SLOWNESS

# Generated messages have no static types; the names keep signatures readable.
Item = Any
ItemResult = Any
HeaderPairs = Mapping[str, bytes] | Iterable[tuple[str, bytes]]

RPC_TIMEOUT_S = 30 * SLOWNESS
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def item(url: str = "", **fields: Any) -> Item:
    """An Item; `timeout` and `attempt_timeout` in seconds, `headers` as a mapping or pairs."""
    made = pb.Item(url=url)
    for name in ("timeout", "attempt_timeout"):
        if name in fields:
            getattr(made, name).FromNanoseconds(round(fields.pop(name) * 1e9))
    headers: HeaderPairs = fields.pop("headers", ())
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    made.headers.extend(pb.Header(name=name, value=value) for name, value in pairs)
    made.MergeFrom(pb.Item(**fields))
    return made


def keep(max_bytes: int) -> Any:
    return pb.ResponseBodyPolicy(mode=pb.ResponseBodyPolicy.MODE_KEEP, max_bytes=max_bytes)


def truncate(max_bytes: int) -> Any:
    return pb.ResponseBodyPolicy(mode=pb.ResponseBodyPolicy.MODE_TRUNCATE, max_bytes=max_bytes)


def discard() -> Any:
    return pb.ResponseBodyPolicy(mode=pb.ResponseBodyPolicy.MODE_DISCARD)


def _index(result: ItemResult) -> int:
    return int(result.index)


class Client:
    """One channel to a gate; `target` as the daemon prints it."""

    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target, options=_UNLIMITED)
        self.stub = pb_grpc.EgressServiceStub(self.channel)

    def start(
        self, items: Iterable[Item], defaults: Item | None = None, timeout: float = RPC_TIMEOUT_S
    ) -> Any:
        """The bare call: an iterator of messages that can be cancelled."""
        request = pb.PostBatchRequest(items=items, defaults=defaults)
        return self.stub.PostBatch(request, timeout=timeout)

    def stream(
        self, items: Sequence[Item], defaults: Item | None = None, timeout: float = RPC_TIMEOUT_S
    ) -> Iterator[ItemResult]:
        """Results as they arrive."""
        for message in self.start(items, defaults, timeout):
            yield from message.results

    def post(
        self, items: Sequence[Item], defaults: Item | None = None, timeout: float = RPC_TIMEOUT_S
    ) -> list[ItemResult]:
        """One result for each item, in the items' order; fails unless there is exactly one each."""
        results = sorted(self.stream(items, defaults, timeout), key=_index)
        indexes = [result.index for result in results]
        assert indexes == list(range(len(items))), f"not one result for each item: {indexes}"
        wrong = [(i.id, r.id) for i, r in zip(items, results) if i.id != r.id]
        assert not wrong, f"ids not echoed: {wrong[:5]}"
        return results

    def post_one(self, url: str, **fields: Any) -> ItemResult:
        return self.post([item(url, **fields)])[0]

    def close(self) -> None:
        self.channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
