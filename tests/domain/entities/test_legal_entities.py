"""Legal entities are created, changed and listed; each code once, each change once."""

import asyncio
import json

import pytest
from sqlalchemy import insert, select, text

from domain.entities.operations.legal_entities import create_legal_entity, update_legal_entity
from domain.entities.outcomes import EntityInUse
from domain.entities.queries.legal_entities import (
    LegalEntityFilter,
    legal_entities,
    legal_entities_of_ids,
    legal_entity_count,
)
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted, StaleVersion
from domain.kernel.models import AuditEntry, EventRecord
from domain.kernel.paging import PageRequest
from domain.ledger.models import Account
from tests.factories.masters import new_entity
from tests.factories.tenants import TenantUnderTest, new_tenant

ALL = LegalEntityFilter()


async def _entity(tenant: TenantUnderTest, entity_id: int) -> dict[str, object]:
    async with tenant.read() as reader:
        rows = await legal_entities_of_ids(reader, ids=[entity_id])
    return dict(rows[entity_id]._mapping)


async def test_a_legal_entity_is_created_with_its_event_and_audit(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        entity_id = await create_legal_entity(
            work, code=" DE1 ", name="Nordlager GmbH", country="DE", currency="EUR"
        )
    assert await _entity(tenant, entity_id) == {
        "tenant_id": tenant.id,
        "id": entity_id,
        "code": "DE1",
        "name": "Nordlager GmbH",
        "country": "DE",
        "currency": "EUR",
        "fiscal_year_start_month": 1,
        "status": "active",
        "version": 1,
        "created_at": tenant.now,
    }
    async with tenant.read() as reader:
        event = await reader.row(
            select(EventRecord.type, EventRecord.aggregate_id, EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id
            )
        )
        audit = await reader.row(
            select(AuditEntry.action, AuditEntry.subject_id, AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id
            )
        )
    assert event is not None
    assert tuple(event) == ("entities.legal_entity_created", entity_id, {"code": "DE1"})
    assert audit is not None
    assert (audit.action, audit.subject_id) == ("create_legal_entity", entity_id)
    assert audit.after["currency"] == "EUR"


async def test_a_code_is_given_once_even_when_asked_for_at_the_same_moment(
    tenant: TenantUnderTest,
) -> None:
    outcomes = await asyncio.gather(
        *(new_entity(tenant, code="DE1") for _ in range(4)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, CodeTaken)]
    assert len(refused) == 3
    assert refused[0].fields == {"kind": "legal entity", "value": "DE1"}
    async with tenant.read() as reader:
        assert await legal_entity_count(reader, where=ALL) == 1


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"country": "XX"}, ("country",)),
        ({"country": "de"}, ("country",)),
        ({"currency": "EURO"}, ("currency",)),
        ({"currency": "AAA"}, ("currency",)),
        ({"fiscal_year_start_month": 0}, ("fiscal_year_start_month",)),
        ({"fiscal_year_start_month": 13}, ("fiscal_year_start_month",)),
        ({"code": " "}, ("code",)),
        ({"code": "x" * 65}, ("code",)),
        ({"code": "a\x00b"}, ("code",)),
        ({"name": "a\nb"}, ("name",)),
        ({"name": "\ud800"}, ("name",)),
    ],
)
async def test_what_can_never_be_right_is_refused(
    tenant: TenantUnderTest, fields: dict[str, object], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await new_entity(tenant, **fields)
    assert refusal.value.path == path
    async with tenant.read() as reader:
        assert await legal_entity_count(reader, where=ALL) == 0


async def test_only_what_differs_is_changed_and_a_stale_reader_is_refused(
    tenant: TenantUnderTest,
) -> None:
    entity_id = await new_entity(tenant, name="Old")
    async with tenant.work() as work:
        await update_legal_entity(work, entity_id=entity_id, expected_version=1, name="New")
    async with tenant.work() as work:
        await update_legal_entity(work, entity_id=entity_id, expected_version=2, name="New")
    with pytest.raises(StaleVersion) as refusal:
        async with tenant.work() as work:
            await update_legal_entity(work, entity_id=entity_id, expected_version=1, name="Newer")
    assert refusal.value.fields == {"expected": 1, "actual": 2}
    row = await _entity(tenant, entity_id)
    assert (row["name"], row["version"]) == ("New", 2)
    async with tenant.read() as reader:
        audits = await reader.rows(
            select(AuditEntry.before, AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "update_legal_entity"
            )
        )
    assert [tuple(a) for a in audits] == [({"name": "Old"}, {"name": "New"})]


async def test_a_code_of_another_entity_cannot_be_taken_over(tenant: TenantUnderTest) -> None:
    await new_entity(tenant, code="A")
    other = await new_entity(tenant, code="B")
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await update_legal_entity(work, entity_id=other, code="A")
    assert (await _entity(tenant, other))["code"] == "B"


async def test_the_currency_stays_once_something_is_posted_in_it(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    async with tenant.work() as work:
        await update_legal_entity(work, entity_id=entity_id, currency="USD")
        account = await work.value(
            insert(Account).returning(Account.id),
            {
                "tenant_id": tenant.id,
                "entity_id": entity_id,
                "code": "1000",
                "name": "Stock",
                "kind": "asset",
            },
        )
        lines = [
            {"account_id": account, "leg": leg, "amount_minor": amount, "currency": "USD"}
            for leg, amount in (("a", 5), ("b", -5))
        ]
        entry = {
            "number": "JE-1",
            "entity_id": entity_id,
            "milestone": "receipt",
            "source_kind": "receipt",
            "source_id": 1,
            "posted_on": "2026-03-02",
            "posted_at": "2026-03-02T00:00:00Z",
            "description": "test",
            "lines": lines,
        }
        await work.rows(
            text("SELECT * FROM post_journals(cast(:entries AS jsonb))"),
            {"entries": json.dumps([entry])},
        )
    with pytest.raises(EntityInUse):
        async with tenant.work() as work:
            await update_legal_entity(work, entity_id=entity_id, currency="EUR")
    assert (await _entity(tenant, entity_id))["currency"] == "USD"


async def test_pages_follow_each_other_in_code_order_in_both_directions(
    tenant: TenantUnderTest,
) -> None:
    for code in ("C", "A", "D", "B"):
        await new_entity(tenant, code=code)
    async with tenant.read() as reader:
        first = await legal_entities(reader, where=ALL, request=PageRequest(size=3))
        rest = await legal_entities(
            reader, where=ALL, request=PageRequest(size=3, after=first.cursors[-1])
        )
        back = await legal_entities(
            reader, where=ALL, request=PageRequest(size=2, before=rest.cursors[0], backward=True)
        )
        assert await legal_entity_count(reader, where=LegalEntityFilter(code="B")) == 1
        assert await legal_entity_count(reader, where=LegalEntityFilter(status="closed")) == 0
        assert await legal_entity_count(reader, where=LegalEntityFilter(currency="EUR")) == 4
    assert [row.code for row in first.rows] == ["A", "B", "C"]
    assert (first.has_next, first.has_previous) == (True, False)
    assert [row.code for row in rest.rows] == ["D"]
    assert (rest.has_next, rest.has_previous) == (False, True)
    assert [row.code for row in back.rows] == ["B", "C"]


async def test_another_tenant_sees_and_changes_nothing(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    async with stranger.read() as reader:
        assert await legal_entities_of_ids(reader, ids=[entity_id]) == {}
        assert await legal_entity_count(reader, where=ALL) == 0
        assert (await legal_entities(reader, where=ALL, request=PageRequest())).rows == []
    with pytest.raises(NotFound):
        async with stranger.work() as work:
            await update_legal_entity(work, entity_id=entity_id, name="Taken")


async def test_reading_and_managing_ask_for_their_permissions(tenant: TenantUnderTest) -> None:
    async with tenant.read(as_=tenant.user("entities.manage")) as reader:
        with pytest.raises(NotPermitted):
            await legal_entity_count(reader, where=ALL)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("entities.read")) as work:
            await create_legal_entity(work, code="A", name="A", country="DE", currency="EUR")
