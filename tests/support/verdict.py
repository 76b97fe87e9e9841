"""What a result says, in a form that compares and prints well."""

from dataclasses import dataclass

from support.client import ItemResult
from support.script import SAMPLE
from support.stubs import pb


@dataclass(frozen=True)
class Answer:
    """A complete response."""

    status: int
    body: bytes
    truncated: bool = False


# What a scripted origin's "ok" answers to the token SAMPLE.
SAMPLED = Answer(200, SAMPLE.encode())


@dataclass(frozen=True)
class Failed:
    """A failure: its code, its delivery, and the phase of the last attempt (empty: no attempt)."""

    code: str
    delivery: str
    phase: str = ""


def verdict(result: ItemResult) -> Answer | Failed:
    """The names are those of the contract without their enum's prefix."""
    if result.WhichOneof("outcome") == "response":
        response = result.response
        return Answer(response.status, response.body, response.body_truncated)
    failure = result.failure
    phase = pb.Phase.Name(result.attempts[-1].phase) if result.attempts else ""
    return Failed(
        pb.FailureCode.Name(failure.code).removeprefix("FAILURE_CODE_"),
        pb.Delivery.Name(failure.delivery).removeprefix("DELIVERY_"),
        phase.removeprefix("PHASE_"),
    )


def assert_invalid(result: ItemResult, *words: str) -> None:
    """The item was refused as malformed, nothing was sent, and the message has all `words`."""
    assert verdict(result) == Failed("INVALID_ITEM", "NOT_SENT"), result
    message = result.failure.message.lower()
    missing = [word for word in words if word.lower() not in message]
    assert not missing, f"{missing} not in the message: {message!r}"
