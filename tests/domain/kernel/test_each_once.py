"""Idempotency of many requests in one transaction."""

from typing import Any

from sqlalchemy import select

from domain.kernel.each_once import Answer, Keyed, each_once
from domain.kernel.errors import Conflict, NotFound, Refusal
from domain.kernel.idempotency import Repeatable
from domain.kernel.models import IdempotencyRecord
from tests.factories.tenants import TenantUnderTest


def _keyed(tenant: TenantUnderTest, key: str | None, content: Any = 1, name: str = "x") -> Keyed:
    repeatable = None if key is None else Repeatable(key, "do", content)
    return Keyed(tenant.user(name=name), repeatable)


async def _run(tenant: TenantUnderTest, *asked: Keyed) -> tuple[list[Any], list[int]]:
    ran: list[int] = []

    async def run(fresh: list[int]) -> list[Answer | Refusal]:
        ran.extend(fresh)
        return [
            NotFound("thing") if (a := asked[n].repeatable) and a.input == "missing" else {"n": n}
            for n in fresh
        ]

    async with tenant.work() as work:
        return await each_once(work, asked, run), ran


async def test_a_new_key_is_run_and_a_known_one_is_answered_from_what_is_kept(
    tenant: TenantUnderTest,
) -> None:
    first = await _run(tenant, _keyed(tenant, "b"), _keyed(tenant, None), _keyed(tenant, "a"))
    assert first == ([{"n": 0}, {"n": 1}, {"n": 2}], [0, 1, 2])
    again = await _run(tenant, _keyed(tenant, "c"), _keyed(tenant, "a"), _keyed(tenant, "b"))
    assert again == ([{"n": 0}, {"n": 2}, {"n": 0}], [0])


async def test_a_key_with_another_input_is_a_conflict_and_hurts_nobody(
    tenant: TenantUnderTest,
) -> None:
    await _run(tenant, _keyed(tenant, "a", "one"))
    [other, fresh], ran = await _run(
        tenant, _keyed(tenant, "a", "another"), _keyed(tenant, "b", "one")
    )
    assert isinstance(other, Conflict)
    assert (fresh, ran) == ({"n": 1}, [1])


async def test_a_refused_request_leaves_its_key_new(tenant: TenantUnderTest) -> None:
    [refused, done], _ = await _run(tenant, _keyed(tenant, "a", "missing"), _keyed(tenant, "b"))
    assert isinstance(refused, NotFound)
    assert done == {"n": 1}
    async with tenant.read() as reader:
        kept = select(IdempotencyRecord.key, IdempotencyRecord.answer)
        rows = await reader.rows(kept.where(IdempotencyRecord.tenant_id == tenant.id))
    assert [tuple(row) for row in rows] == [("b", {"n": 1})]
    assert (await _run(tenant, _keyed(tenant, "a"))) == ([{"n": 0}], [0])
