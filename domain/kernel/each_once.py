"""Idempotency of many requests in one transaction; `idempotency` is for one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, and_, bindparam, cast, column, delete, func, select
from sqlalchemy import update as update_rows
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Row

from domain.kernel import json
from domain.kernel.errors import Conflict, Refusal
from domain.kernel.idempotency import USED_BEFORE, Repeatable, actor_of
from domain.kernel.inserting import insert_rows
from domain.kernel.models import IdempotencyRecord
from domain.kernel.prepared import Prepared
from domain.kernel.value_objects import value_object
from domain.kernel.work import Work
from tenancy.principals import Principal

Answer = dict[str, Any]
# Whose key, and the key.
Key = tuple[str, str]


@value_object()
class Keyed:
    """A request of a caller; without `repeatable` it has no key and is always run."""

    principal: Principal
    repeatable: Repeatable | None = None

    @property
    def key(self) -> Key | None:
        """What makes two requests the same one."""
        if self.repeatable is None:
            return None
        return actor_of(self.principal), self.repeatable.key


async def each_once(
    work: Work,
    asked: Sequence[Keyed],
    run: Callable[[list[int]], Awaitable[Sequence[Answer | Refusal]]],
) -> list[Answer | Refusal]:
    """The answer to each request, none of which has the key of another: `run` answers those whose
    key is new (it is given their places), the others get what is kept.

    A Refusal that `run` gives is not kept: the key stays new. Conflict stands for a request whose
    key was used with another input. Keys are claimed in one order, before any other lock."""
    wanted = {each.key: each for each in asked if each.key is not None}
    claimed = await _claim(work, wanted)
    fresh = [n for n, each in enumerate(asked) if each.key is None or each.key in claimed]
    given = dict(zip(fresh, await run(fresh) if fresh else [], strict=True))
    answers = {asked[n].key: answer for n, answer in given.items()}
    await _keep(work, {key: answers[key] for key in claimed})
    kept = await _kept(work, [key for key in wanted if key not in claimed])
    return [given[n] if n in given else _answer(each, kept) for n, each in enumerate(asked)]


def _answer(asked: Keyed, kept: Mapping[Key, Row[Any]]) -> Answer | Refusal:
    request, row = asked.repeatable, kept.get(asked.key or ("", ""))
    assert request is not None
    if row is None or (row.operation, row.input_hash) != (request.operation, request.input_hash):
        return Conflict(USED_BEFORE)
    answer: Answer = row.answer
    return answer


async def _claim(work: Work, wanted: Mapping[Key, Keyed]) -> set[Key]:
    rows = [
        {
            "actor": actor,
            "key": key,
            "operation": each.repeatable.operation,
            "input_hash": each.repeatable.input_hash,
            "created_at": work.now,
        }
        for (actor, key), each in sorted(wanted.items(), key=lambda item: item[0])
        if each.repeatable is not None
    ]
    claimed = await insert_rows(
        work,
        IdempotencyRecord,
        rows,
        returning=("actor", "key"),
        unless_there=("tenant_id", "actor", "key"),
    )
    return {(row.actor, row.key) for row in claimed}


async def _keep(work: Work, answers: Mapping[Key, Answer | Refusal]) -> None:
    kept = {key: json.dump(a) for key, a in answers.items() if not isinstance(a, Refusal)}
    # The callers' own, whichever eyes the work has: another look would cost a round trip.
    async with work.house() as house:
        if kept:
            await house.execute(_KEEP, _lists(work, kept) | {"answers": list(kept.values())})
        if refused := [key for key in answers if key not in kept]:
            await house.execute(_FORGET, _lists(work, refused))


async def _kept(work: Work, keys: Sequence[Key]) -> dict[Key, Row[Any]]:
    if not keys:
        return {}
    rows = await work.rows(_KEPT, _lists(work, keys))
    return {(row.actor, row.key): row for row in rows}


def _lists(work: Work, keys: Sequence[Key] | Mapping[Key, Any]) -> dict[str, Any]:
    return {
        "tenant": work.tenant_id,
        "actors": [actor for actor, _ in keys],
        "keys": [key for _, key in keys],
    }


def _given(*names: str) -> Any:
    return (
        func.unnest(*(bindparam(f"{name}s", type_=ARRAY(Text)) for name in names))
        .table_valued(*(column(name, Text) for name in names))
        .render_derived(name="given")
    )


def _are(given: Any) -> Any:
    return and_(
        IdempotencyRecord.tenant_id == bindparam("tenant", type_=Integer),
        IdempotencyRecord.actor == given.c.actor,
        IdempotencyRecord.key == given.c.key,
    )


_ANSWERS, _KEYS = _given("actor", "key", "answer"), _given("actor", "key")
_KEEP = Prepared(
    update_rows(IdempotencyRecord)
    .where(_are(_ANSWERS))
    .values(answer=cast(_ANSWERS.c.answer, JSONB))
)
_FORGET = Prepared(delete(IdempotencyRecord).where(_are(_KEYS)))
_KEPT = Prepared(
    select(
        IdempotencyRecord.actor,
        IdempotencyRecord.key,
        IdempotencyRecord.operation,
        IdempotencyRecord.input_hash,
        IdempotencyRecord.answer,
    ).where(_are(_KEYS))
)
