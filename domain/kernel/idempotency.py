"""The same key and the same input give the same answer, with one effect."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.errors import Conflict
from domain.kernel.json import dump_canonical
from domain.kernel.models import IdempotencyRecord
from domain.kernel.value_objects import value_object
from domain.kernel.work import Work
from tenancy.principals import Principal

KEY_LENGTH_LIMIT = 255
USED_BEFORE = "This idempotency key was used before with another input. Use a new key."


@value_object()
class Repeatable:
    """A request that may arrive twice: its key, its operation and its whole input."""

    key: str
    operation: str
    input: Any

    @property
    def input_hash(self) -> str:
        """SHA-256 of the input in canonical JSON."""
        return hashlib.sha256(dump_canonical(self.input)).hexdigest()


async def once(
    work: Work, request: Repeatable, run: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Run at most once for the key; a repetition gets the kept answer.

    The unique index makes a second transaction with the key wait for the first. Raises Conflict
    when the key was used with another operation or input."""
    if await _claim(work, request):
        answer = await run()
        await _keep(work, request, answer)
        return answer
    return await _kept_answer(work, request)


def actor_of(principal: Principal) -> str:
    """Whose keys they are: two callers may use the same key."""
    return f"{principal.kind.value}:{principal.id}"


async def _claim(work: Work, request: Repeatable) -> bool:
    claimed = await work.value(
        insert(IdempotencyRecord)
        .values(
            tenant_id=work.tenant_id,
            actor=actor_of(work.principal),
            key=request.key,
            operation=request.operation,
            input_hash=request.input_hash,
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "actor", "key"])
        .returning(IdempotencyRecord.id)
    )
    return claimed is not None


def _mine(work: Work, request: Repeatable) -> tuple[Any, ...]:
    return (
        IdempotencyRecord.tenant_id == work.tenant_id,
        IdempotencyRecord.actor == actor_of(work.principal),
        IdempotencyRecord.key == request.key,
    )


async def _keep(work: Work, request: Repeatable, answer: dict[str, Any]) -> None:
    # The caller's own, whichever eyes the work has: another look would cost a round trip.
    async with work.house() as house:
        await house.execute(
            update(IdempotencyRecord).where(*_mine(work, request)).values(answer=answer)
        )


async def _kept_answer(work: Work, request: Repeatable) -> dict[str, Any]:
    row = await work.row(
        select(
            IdempotencyRecord.operation, IdempotencyRecord.input_hash, IdempotencyRecord.answer
        ).where(*_mine(work, request))
    )
    if row is None or (row.operation, row.input_hash) != (request.operation, request.input_hash):
        raise Conflict(USED_BEFORE)
    answer: dict[str, Any] = row.answer
    return answer
