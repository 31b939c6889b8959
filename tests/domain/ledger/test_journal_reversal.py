"""A journal is corrected by another one, once, and never where it would part from the stock."""

import asyncio

import pytest

from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.ledger.operations.journals import reverse_journal
from domain.ledger.outcomes import AlreadyPosted, ReversalRefused
from domain.ledger.policy import why_not_reversible
from domain.ledger.posting import post
from domain.ledger.queries.journals import journals_of_ids, lines_of_journals
from domain.ledger.queries.reports import trial_balance
from tests.factories.books import concession, entity_of, new_entry, number_of
from tests.factories.tenants import TenantUnderTest, new_tenant


@pytest.mark.parametrize(
    ("roles", "is_reversed", "reason"),
    [
        (("discounts", None, "revenue"), False, None),
        (("discounts", "revenue"), True, "It is reversed already."),
        (
            ("cost_of_goods", "inventory"),
            False,
            "It follows a document; correct that one, which posts its own journal.",
        ),
    ],
)
def test_what_may_be_reversed(
    roles: tuple[str | None, ...], is_reversed: bool, reason: str | None
) -> None:
    assert why_not_reversible(roles, is_reversed=is_reversed) == reason


async def test_a_reversal_takes_every_amount_back(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        (journal_id,) = await post(work, [concession(entity_id, 4)])
    async with tenant.work() as work:
        reversal_id = await reverse_journal(work, journal_id=journal_id, reason="wrong customer")
    async with tenant.read() as reader:
        found = await journals_of_ids(reader, ids=[journal_id, reversal_id])
        lines = await lines_of_journals(reader, journal_ids=[reversal_id])
        balances = await trial_balance(reader, entity_id=entity_id)
    assert found[journal_id].reversed_by_id == reversal_id
    reversal = found[reversal_id]
    assert (reversal.reverses_id, reversal.milestone, reversal.order_id, reversal.description) == (
        journal_id,
        "reversal",
        70,
        "wrong customer",
    )
    assert [(row.leg, row.amount_minor) for row in lines[reversal_id]] == [
        ("discount", -1190),
        ("revenue", 1000),
        ("tax", 190),
    ]
    assert [row.balance_minor for row in balances] == [0, 0, 0]


async def test_a_journal_is_reversed_once_however_many_try(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        (journal_id,) = await post(work, [concession(entity_id, 4)])

    async def reverse() -> bool:
        try:
            async with tenant.work() as work:
                await reverse_journal(work, journal_id=journal_id, reason="twice")
        except (AlreadyPosted, ReversalRefused):
            return False
        return True

    assert sum(await asyncio.gather(*(reverse() for _ in range(6)))) == 1
    async with tenant.read() as reader:
        balances = await trial_balance(reader, entity_id=entity_id)
    assert [row.balance_minor for row in balances] == [0, 0, 0]


async def test_what_may_not_be_reversed_stays(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        (journal_id,) = await post(work, [new_entry(entity_id)])
    with pytest.raises(ReversalRefused) as refused:
        async with tenant.work() as work:
            await reverse_journal(work, journal_id=journal_id, reason="wrong")
    assert refused.value.fields["number"] == await number_of(tenant, entity_id, 1)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await reverse_journal(work, journal_id=journal_id, reason=" ")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("ledger.read")) as work:
            await reverse_journal(work, journal_id=journal_id, reason="wrong")
    other = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await reverse_journal(work, journal_id=journal_id, reason="wrong")
    async with tenant.read() as reader:
        found = await journals_of_ids(reader, ids=[journal_id])
    assert found[journal_id].reversed_by_id is None
