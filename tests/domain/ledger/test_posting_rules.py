"""An entity's own rules: versioned, tried out before, in effect from a day on, governed."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from domain.governance.kinds import kind_named
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.models import GovernanceSetting
from domain.kernel.work import Work
from domain.ledger.configured_rules import apply_rules, rules_as_they_are, sound_content
from domain.ledger.entries import Dimensions
from domain.ledger.models import Account, Journal, JournalLine
from domain.ledger.operations.accounts import create_account
from domain.ledger.operations.posting_rules import (
    activate_posting_rules,
    copy_posting_rules,
    draft_posting_rules,
    withdraw_posting_rules,
)
from domain.ledger.posting import post
from domain.ledger.queries.trial_runs import trial_run
from tests.factories.books import concession, entity_of
from tests.factories.stock import new_location
from tests.factories.tenants import TenantUnderTest

TODAY = date(2026, 3, 2)


async def _setting(tenant: TenantUnderTest) -> tuple[int, int, int]:
    """An entity, an account of its own for revenue in France, and a location."""
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        account_id = await create_account(
            work, entity_id=entity_id, code="4010", name="Sales in France", kind="income"
        )
        return entity_id, account_id, await new_location(work, entity_id)


def _rule(account_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "milestone": "shipment_revenue",
        "leg": "revenue",
        "account_id": account_id,
        "country": "FR",
    } | fields


async def _activated(work: Work, entity_id: int, *rules: dict[str, Any]) -> int:
    version_id = await draft_posting_rules(work, entity_id=entity_id, rules=rules)
    await activate_posting_rules(work, version_id=version_id, effective_from=TODAY)
    return version_id


async def _revenue(work: Work, entity_id: int, number: int, **fields: Any) -> tuple[str, Any]:
    entry = concession(entity_id, number)
    named = {name: getattr(entry, name) for name in entry.__slots__} | fields
    (journal_id,) = await post(work, [type(entry)(**named)])
    row = await work.row(
        select(Account.code, JournalLine.project)
        .join(
            Account, (Account.tenant_id == work.tenant_id) & (Account.id == JournalLine.account_id)
        )
        .where(
            JournalLine.tenant_id == work.tenant_id,
            JournalLine.journal_id == journal_id,
            JournalLine.leg == "revenue",
        )
    )
    assert row is not None
    return tuple(row)  # type: ignore[return-value]


async def test_a_leg_goes_where_the_entitys_own_rule_sends_it(tenant: TenantUnderTest) -> None:
    entity_id, account_id, location_id = await _setting(tenant)
    async with tenant.work() as work:
        await _activated(
            work,
            entity_id,
            _rule(account_id, project="EXPORT"),
            _rule(account_id, country=None, location_id=location_id),
        )
        found = [
            await _revenue(work, entity_id, 1),
            await _revenue(work, entity_id, 2, country="FR"),
            await _revenue(work, entity_id, 3, country="DE"),
            await _revenue(
                work, entity_id, 4, dimensions=Dimensions(location_id=location_id, project="X")
            ),
            await _revenue(work, entity_id, 5, country="FR", posted_on=TODAY - timedelta(days=1)),
        ]
    assert found == [
        ("4000", None),
        ("4010", "EXPORT"),
        ("4000", None),
        ("4010", "X"),
        ("4000", None),
    ]


async def test_a_trial_run_shows_what_a_draft_would_have_posted_and_writes_nothing(
    tenant: TenantUnderTest,
) -> None:
    entity_id, account_id, _ = await _setting(tenant)
    async with tenant.work() as work:
        await _revenue(work, entity_id, 1, country="FR")
        await _revenue(work, entity_id, 2)
        version_id = await draft_posting_rules(
            work, entity_id=entity_id, rules=[_rule(account_id, project="EXPORT")]
        )
    async with tenant.read() as reader:
        before = await reader.values(select(Journal.id).where(Journal.tenant_id == tenant.id))
        lines = await trial_run(reader, version_id=version_id)
        last = await trial_run(reader, version_id=version_id, last=1)
        after = await reader.values(select(Journal.id).where(Journal.tenant_id == tenant.id))
    assert list(before) == list(after)
    assert [(line.leg, line.changes) for line in lines] == [
        *(("discount", False), ("revenue", False), ("tax", False)),
        *(("discount", False), ("revenue", True), ("tax", False)),
    ]
    changed = next(line for line in lines if line.changes)
    assert (changed.drafted_account_id, changed.drafted_project) == (account_id, "EXPORT")
    assert len(last) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"leg": "nothing"},
        {"milestone": "nothing"},
        {"milestone": "shipment_cost", "leg": "inventory"},
        {"country": "XX"},
        {"currency": "EURO"},
        {"item_group": " "},
        {"colour": "red"},
        {"account_id": None},
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(
    tenant: TenantUnderTest, fields: dict[str, Any]
) -> None:
    entity_id, account_id, _ = await _setting(tenant)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await draft_posting_rules(work, entity_id=entity_id, rules=[_rule(account_id) | fields])


async def test_accounts_and_places_of_others_are_not_found(tenant: TenantUnderTest) -> None:
    entity_id, account_id, _ = await _setting(tenant)
    other, other_account, _ = await _setting(tenant)
    for rule in (
        _rule(other_account),
        _rule(account_id, location_id=0),
        _rule(account_id, channel_id=0),
    ):
        with pytest.raises(NotFound):
            async with tenant.work() as work:
                await draft_posting_rules(work, entity_id=entity_id, rules=[rule])
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await draft_posting_rules(work, entity_id=other, rules=[_rule(other_account)] * 2)


async def test_versions_are_copied_withdrawn_and_never_changed(tenant: TenantUnderTest) -> None:
    entity_id, account_id, _ = await _setting(tenant)
    async with tenant.work() as work:
        first = await _activated(work, entity_id, _rule(account_id))
        await _activated(work, entity_id)
        assert await _revenue(work, entity_id, 1, country="FR") == ("4000", None)
        back = await copy_posting_rules(work, version_id=first, note="as it was")
        await activate_posting_rules(work, version_id=back, effective_from=TODAY)
        assert await _revenue(work, entity_id, 2, country="FR") == ("4010", None)
        draft = await draft_posting_rules(work, entity_id=entity_id, rules=[])
        await withdraw_posting_rules(work, version_id=draft)
        planned = await draft_posting_rules(work, entity_id=entity_id, rules=[])
        await activate_posting_rules(
            work, version_id=planned, effective_from=TODAY + timedelta(days=9)
        )
        await withdraw_posting_rules(work, version_id=planned)
    for version_id, effective_from in ((first, TODAY), (draft, TODAY)):
        with pytest.raises((InvalidState, NotFound)):
            async with tenant.work() as work:
                await activate_posting_rules(
                    work, version_id=version_id, effective_from=effective_from
                )
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await withdraw_posting_rules(work, version_id=back)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await activate_posting_rules(
                work, version_id=planned, effective_from=TODAY - timedelta(days=1)
            )


async def test_governed_rules_change_by_change_request(tenant: TenantUnderTest) -> None:
    entity_id, account_id, _ = await _setting(tenant)
    key = str(entity_id)
    async with tenant.work() as work:
        draft = await draft_posting_rules(work, entity_id=entity_id, rules=[_rule(account_id)])
        await work.execute(
            insert(GovernanceSetting).values(
                tenant_id=tenant.id,
                kind="posting_rules",
                mode="governed",
                channel_variants=True,
                entity_variants=True,
                changed_at=work.now,
            )
        )
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await activate_posting_rules(work, version_id=draft, effective_from=TODAY)
    async with tenant.work() as work:
        sound = await sound_content(work, key, {"rules": [_rule(account_id)]})
        before = await rules_as_they_are(work, key, sound)
        assert before == {"rules": []}
        assert await apply_rules(work, key, sound) == key
        assert (await rules_as_they_are(work, key, sound))["rules"] == sound["rules"]
        assert await _revenue(work, entity_id, 1, country="FR") == ("4010", None)
        await apply_rules(work, key, before)
        assert await _revenue(work, entity_id, 2, country="FR") == ("4000", None)
    assert kind_named("posting_rules").title == "Posting rules"
