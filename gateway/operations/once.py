"""Idempotency keys: the same key with the same input is answered as it was the first time; with other input it is a conflict."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

import msgspec

from gateway.domain.errors import ConflictError, ErrorCode, GatewayError, InvalidInputError
from gateway.domain.operation import Operation
from gateway.domain.outcome import UserError, WriteWarning
from gateway.domain.secret import Secret
from gateway.operations.journal import Journal
from gateway.state.store import KeyClaim, StateStore

logger = logging.getLogger("gateway.operations")

KEY = re.compile(r"[\x20-\x7e]{1,255}")
TRANSIENT = frozenset(
    {
        ErrorCode.VENDOR_RATE_LIMITED,
        ErrorCode.VENDOR_UNAVAILABLE,
        ErrorCode.VENDOR_TIMEOUT,
        ErrorCode.VENDOR_PROTOCOL_ERROR,
        ErrorCode.VENDOR_AUTH_FAILED,
        ErrorCode.OVERLOADED,
        ErrorCode.INTERNAL,
    }
)
"""Nothing was done, and the next try may go otherwise: such an answer is not kept, and the key is free again."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a write was answered, as far as it is kept. Ids are global; there is no secret in it."""

    mailbox_id: str | None = None
    operation_key: str | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()

    @property
    def is_transient(self) -> bool:
        return self.operation_key is None and bool(self.user_errors) and all(each.code in TRANSIENT for each in self.user_errors)


Act = Callable[[str, bool], Awaitable[Answer]]
"""Does the write under an operation key of its own; True when an earlier attempt may yet turn out to have happened."""

Recall = Callable[[Operation], Answer | None]
"""What an operation says of a write whose answer was left open, or never given; None when it did not happen and may be tried anew."""

_answers = msgspec.json.Decoder(Answer)


class Once:
    """`scope` keeps callers and mutations apart: one caller's keys say nothing to another."""

    def __init__(self, state: StateStore, journal: Journal) -> None:
        self._state = state
        self._journal = journal
        self._under_way: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def do(self, scope: str, key: str | None, given: msgspec.Struct, act: Act, recall: Recall) -> Answer:
        """`act`, once for a key. `given` is the input that the key stands for; `recall` reads the operation that an earlier act began.

        Raises `InvalidInputError` for a key that is none, `ConflictError` for one that stands for other input.
        """
        if key is None:
            return await act(self._journal.new_key(), False)
        if not KEY.fullmatch(key):
            raise InvalidInputError("An idempotency key is 1 to 255 printable ASCII characters.", field=("idempotencyKey",))
        fingerprint = self._state.fingerprint(msgspec.json.encode(given, enc_hook=_reveal))
        while (under_way := self._under_way.get((scope, key))) is not None:
            await asyncio.wait({under_way})
        self._under_way[scope, key] = turn = asyncio.get_running_loop().create_future()
        try:
            operation_key = self._journal.new_key()
            claim = await self._state.claim_key(scope, key, fingerprint=fingerprint, operation_key=operation_key)
            if claim.fingerprint != fingerprint:
                raise ConflictError("This idempotency key was used with other input: take a new one.", field=("idempotencyKey",))
            if claim.is_new:
                return await self._act(scope, key, operation_key, act, was_tried=False)
            if (known := await self._known(claim, recall)) is not None:
                return known
            await self._state.renew_key(scope, key, operation_key=operation_key)  # first: after a crash, this attempt's operation tells
            return await self._act(scope, key, operation_key, act, was_tried=True)
        finally:
            del self._under_way[scope, key]
            turn.set_result(None)

    async def _act(self, scope: str, key: str, operation_key: str, act: Act, *, was_tried: bool) -> Answer:
        try:
            answer = await act(operation_key, was_tried)
        except GatewayError:  # nothing was sent; whatever else ends an act leaves the key to the next start
            await self._free(scope, key, was_tried=was_tried)
            raise
        if answer.is_transient:
            await self._free(scope, key, was_tried=was_tried)
        else:
            await self._keep(scope, key, answer)
        return answer

    async def _free(self, scope: str, key: str, *, was_tried: bool) -> None:
        """A key that was tried before stays: the next try, too, must know."""
        if was_tried:
            return
        try:
            await self._state.release_key(scope, key)
        except GatewayError as error:
            logger.error("an idempotency key could not be freed: %s", error.message)  # noqa: TRY400 - there is nothing more to tell

    async def _keep(self, scope: str, key: str, answer: Answer) -> None:
        """What is done is done: an answer that cannot be kept is given all the same, and the operation answers a repeated request."""
        try:
            await self._state.answer_key(scope, key, msgspec.json.encode(answer))
        except GatewayError as error:
            logger.error("an answer could not be kept: %s", error.message)  # noqa: TRY400 - there is nothing more to tell

    async def _known(self, claim: KeyClaim, recall: Recall) -> Answer | None:
        """The first answer, brought up to what is known now where it was left open; None when it may be tried anew."""
        first = _answers.decode(claim.answer) if claim.answer is not None else None
        if first is not None and (first.operation_key is None or not _is_open(first)):
            return first
        key = first.operation_key if first is not None else claim.operation_key
        operation = await self._journal.get(key) if key is not None else None
        return recall(operation) if operation is not None else None


def _is_open(answer: Answer) -> bool:
    return any(each.code is ErrorCode.OUTCOME_UNKNOWN for each in answer.user_errors)


def _reveal(value: object) -> str:
    """For the fingerprint alone, which is keyed."""
    if isinstance(value, Secret):
        return value.reveal()
    message = f"{type(value).__name__} has no part in an input"
    raise TypeError(message)
