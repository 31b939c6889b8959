"""Custom fields: registered, typed, set on objects, and found by through an index."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from domain.governance.custom_fields.filtering import FieldCondition, objects_where
from domain.governance.custom_fields.policy import BadValue, FieldRule, kept, shown
from domain.governance.custom_fields.values import set_values
from domain.governance.models import CustomFieldValue
from domain.governance.operations.custom_fields import (
    change_custom_field,
    register_custom_field,
    set_custom_fields,
)
from domain.governance.outcomes import FieldFixed, FieldRefused
from domain.governance.queries.custom_fields import values_of_objects
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry
from tests.factories.masters import new_entity, new_item, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _field(tenant: TenantUnderTest, code: str, type: str, **fields: Any) -> int:
    async with tenant.work() as work:
        return await register_custom_field(
            work, **{"subject": "item", "code": code, "type": type, **fields}
        )


async def _set(tenant: TenantUnderTest, item: int, /, **values: str | None) -> int:
    async with tenant.work() as work:
        return await set_custom_fields(work, subject="item", object_id=item, values=values)


async def _shown(tenant: TenantUnderTest, item: int) -> dict[str, str]:
    async with tenant.read() as reader:
        rows = (await values_of_objects(reader, subject="item", ids=[item]))[item]
    return {
        row.code: shown(row.type, row.number_value if row.text_value is None else row.text_value)
        for row in rows
    }


async def _found(tenant: TenantUnderTest, *conditions: FieldCondition) -> set[int]:
    async with tenant.read() as reader:
        wanted = await objects_where(reader, "item", conditions)
        assert wanted is not None
        return set(await reader.values(wanted))


async def test_a_value_of_every_type_is_kept_shown_and_taken_away(tenant: TenantUnderTest) -> None:
    party = await new_party(tenant)
    item = await new_item(tenant)
    await _field(tenant, "note", "text")
    await _field(tenant, "layers", "whole_number")
    await _field(tenant, "weight", "decimal")
    await _field(tenant, "fragile", "boolean")
    await _field(tenant, "since", "date")
    await _field(tenant, "colour", "choice", choices=["red", "blue"])
    await _field(tenant, "maker", "reference", reference_to="party")
    values = {
        "note": "handle with care",
        "layers": "-12",
        "weight": "1.25",
        "fragile": "true",
        "since": "2026-03-31",
        "colour": "blue",
        "maker": str(party),
    }
    assert await _set(tenant, item, **values) == 7
    assert await _shown(tenant, item) == values
    assert await _set(tenant, item, **values) == 0
    assert await _set(tenant, item, note=None, layers="7") == 2
    assert await _shown(tenant, item) == {
        **{code: value for code, value in values.items() if code != "note"},
        "layers": "7",
    }


@pytest.mark.parametrize(
    ("type", "fields", "refused"),
    [
        ("whole_number", {}, "1.5"),
        ("whole_number", {}, "many"),
        ("whole_number", {"lowest": Decimal(3)}, "2"),
        ("decimal", {}, "1.1234567"),
        ("decimal", {}, "NaN"),
        ("decimal", {"highest": Decimal("9.5")}, "9.6"),
        ("boolean", {}, "yes"),
        ("date", {}, "2026-02-30"),
        ("choice", {"choices": ["red"]}, "green"),
        ("text", {"longest": 3}, "four"),
        ("text", {"pattern": "AA-999"}, "A1-234"),
        ("text", {}, "   "),
        ("reference", {"reference_to": "party"}, "x"),
    ],
)
async def test_what_a_field_does_not_take_is_refused(
    tenant: TenantUnderTest, type: str, fields: dict[str, Any], refused: str
) -> None:
    item = await new_item(tenant)
    await _field(tenant, "it", type, **fields)
    with pytest.raises(FieldRefused) as told:
        await _set(tenant, item, it=refused)
    assert told.value.fields["field"] == "it"
    assert await _shown(tenant, item) == {}


async def test_a_reference_leads_to_an_object_of_the_tenant(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    stranger = await new_party(other)
    await _field(tenant, "maker", "reference", reference_to="party")
    item = await new_item(tenant)
    with pytest.raises(NotFound):
        await _set(tenant, item, maker=str(stranger))


async def test_values_are_found_by_equality_range_and_list(tenant: TenantUnderTest) -> None:
    await _field(tenant, "weight", "decimal")
    await _field(tenant, "colour", "choice", choices=["red", "blue", "green"])
    await _field(tenant, "since", "date")
    items = [await new_item(tenant) for _ in range(4)]
    weights = ("-3", "0.5", "2", "10")
    colours = ("red", "blue", "blue", "green")
    for n, item in enumerate(items):
        day = date(2026, 1, 1 + n).isoformat()
        await _set(tenant, item, weight=weights[n], colour=colours[n], since=day)
    a, b, c, d = items
    assert await _found(tenant, FieldCondition(field="weight", equals="0.50")) == {b}
    assert await _found(tenant, FieldCondition(field="weight", from_="-3", to="2")) == {a, b, c}
    assert await _found(tenant, FieldCondition(field="colour", among=("red", "green"))) == {a, d}
    assert await _found(tenant, FieldCondition(field="since", from_="2026-01-03")) == {c, d}
    assert await _found(
        tenant,
        FieldCondition(field="colour", equals="blue"),
        FieldCondition(field="weight", from_="1"),
    ) == {c}


async def test_a_condition_is_served_by_an_index_under_row_security(
    tenant: TenantUnderTest,
) -> None:
    field = await _field(tenant, "weight", "decimal")
    note = await _field(tenant, "note", "text")
    async with tenant.work() as work:
        await work.execute(
            text(
                "INSERT INTO custom_field_value (tenant_id, field_id, subject_id, number_value) "
                "SELECT :t, :f, n, n FROM generate_series(1, 20000) n"
            ),
            {"t": tenant.id, "f": field},
        )
        await work.execute(
            text(
                "INSERT INTO custom_field_value (tenant_id, field_id, subject_id, text_value) "
                "SELECT :t, :f, n, n::text FROM generate_series(1, 20000) n"
            ),
            {"t": tenant.id, "f": note},
        )
    async with tenant.read() as reader:
        plans = [
            await reader.values(text(f"EXPLAIN {statement}"))
            for statement in (
                f"SELECT subject_id FROM custom_field_value WHERE tenant_id = {tenant.id} "
                f"AND field_id = {field} AND number_value >= 19990 AND number_value IS NOT NULL",
                f"SELECT subject_id FROM custom_field_value WHERE tenant_id = {tenant.id} "
                f"AND field_id = {note} AND text_value >= '9990' AND text_value IS NOT NULL",
            )
        ]
    for plan, column in zip(plans, ("number_value", "text_value"), strict=True):
        (condition,) = [line for line in plan if "Index Cond" in line]
        assert column in condition, plan


async def test_a_filter_needs_a_field_a_value_of_its_type_and_the_right_to_see(
    tenant: TenantUnderTest,
) -> None:
    await _field(tenant, "weight", "decimal")
    for condition in (
        FieldCondition(field="height", equals="1"),
        FieldCondition(field="weight", equals="heavy"),
    ):
        with pytest.raises(InvalidInput):
            await _found(tenant, condition)
    with pytest.raises(NotPermitted):
        async with tenant.read(as_=tenant.user("catalog.read")) as reader:
            await objects_where(reader, "item", [FieldCondition(field="weight", equals="1")])


async def test_a_code_is_there_once_for_a_kind_of_object(tenant: TenantUnderTest) -> None:
    await _field(tenant, "weight", "decimal")
    await _field(tenant, "weight", "decimal", subject="party")
    with pytest.raises(CodeTaken):
        await _field(tenant, "weight", "text")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"code": "Weight"}, ("code",)),
        ({"type": "colour"}, ("type",)),
        ({"subject": "planet"}, ("subject",)),
        ({"type": "choice"}, ("choices",)),
        ({"choices": ["a"]}, ("choices",)),
        ({"type": "choice", "choices": ["a", "a"]}, ("choices",)),
        ({"type": "reference"}, ("reference_to",)),
        ({"type": "reference", "reference_to": "planet"}, ("reference_to",)),
        ({"lowest": Decimal(1)}, ("lowest",)),
        ({"type": "decimal", "lowest": Decimal(2), "highest": Decimal(1)}, ("highest",)),
        ({"longest": 501}, ("longest",)),
        ({"type": "date", "pattern": "999"}, ("pattern",)),
    ],
)
async def test_what_cannot_be_a_field_is_not_registered(
    tenant: TenantUnderTest, fields: dict[str, Any], path: tuple[str, ...]
) -> None:
    wanted = {"subject": "item", "code": "it", "type": "text", **fields}
    with pytest.raises(InvalidInput) as refused:
        async with tenant.work() as work:
            await register_custom_field(work, **wanted)  # type: ignore[arg-type]
    assert refused.value.path == path


async def test_what_a_field_is_stays_and_the_rest_changes(tenant: TenantUnderTest) -> None:
    field = await _field(tenant, "colour", "choice", choices=["red"])
    async with tenant.work() as work:
        await change_custom_field(work, field_id=field, choices=["red", "blue"], name="Colour")
    for fixed in ({"code": "color"}, {"subject": "party"}):
        with pytest.raises(FieldFixed):
            async with tenant.work() as work:
                await change_custom_field(work, field_id=field, **fixed)  # type: ignore[arg-type]
    item = await new_item(tenant)
    assert await _set(tenant, item, colour="blue") == 1


async def test_a_retired_field_keeps_its_values_and_takes_none(tenant: TenantUnderTest) -> None:
    field = await _field(tenant, "note", "text")
    item = await new_item(tenant)
    await _set(tenant, item, note="old")
    async with tenant.work() as work:
        await change_custom_field(work, field_id=field, status="retired")
    with pytest.raises(InvalidInput):
        await _set(tenant, item, note="new")
    assert await _shown(tenant, item) == {"note": "old"}


async def test_to_set_needs_the_permission_to_change_the_object(tenant: TenantUnderTest) -> None:
    await _field(tenant, "note", "text")
    item = await new_item(tenant)
    for permissions in (("custom_fields.set",), ("catalog.manage",)):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=tenant.user(*permissions)) as work:
                await set_custom_fields(
                    work, subject="item", object_id=item, values={"note": "mine"}
                )
    assert await _shown(tenant, item) == {}


async def test_fields_are_of_one_tenant_and_one_kind_of_object(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    await _field(other, "note", "text")
    item, stranger = await new_item(tenant), await new_item(other)
    with pytest.raises(InvalidInput):
        await _set(tenant, item, note="x")
    await _field(tenant, "note", "text")
    with pytest.raises(NotFound):
        await _set(tenant, stranger, note="x")
    await _field(tenant, "tax", "text", subject="legal_entity")
    entity = await new_entity(tenant)
    async with tenant.work() as work:
        await set_custom_fields(
            work, subject="legal_entity", object_id=entity, values={"tax": "DE1"}
        )


async def test_many_objects_are_set_in_a_handful_of_statements_and_audited_each(
    tenant: TenantUnderTest,
) -> None:
    await _field(tenant, "note", "text")
    items = [await new_item(tenant) for _ in range(20)]
    async with tenant.work() as work:
        changed = await set_values(
            work, subject="item", values={item: {"note": f"n{item}"} for item in items}
        )
    async with tenant.read() as reader:
        count = await reader.values(
            select(CustomFieldValue.text_value).where(CustomFieldValue.tenant_id == tenant.id)
        )
        audited = await reader.values(
            select(AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "set_custom_fields"
            )
        )
    assert (changed, len(count)) == (20, 20)
    assert {each["note"] for each in audited} == {f"n{item}" for item in items}


def _rule(type: str) -> FieldRule:
    return FieldRule(
        id=1,
        code="it",
        type=type,
        choices=(),
        reference_to=None,
        lowest=None,
        highest=None,
        longest=None,
        pattern=None,
    )


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6), st.integers(0, 3))
def test_a_decimal_survives_being_kept(number: Decimal, cut: int) -> None:
    given_text = format(round(number, cut), "f")
    assert Decimal(shown("decimal", kept(_rule("decimal"), given_text))) == Decimal(given_text)


@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=3), min_size=2))
def test_what_is_kept_sorts_as_the_values_do(numbers: list[Decimal]) -> None:
    by_kept = sorted(numbers, key=lambda n: kept(_rule("decimal"), format(n, "f")))
    assert by_kept == sorted(numbers)


@given(st.text(max_size=30))
def test_no_text_breaks_a_field(value: str) -> None:
    for type in ("whole_number", "decimal", "boolean", "date", "reference", "text"):
        try:
            once = kept(_rule(type), value)
        except BadValue:
            continue
        assert kept(_rule(type), shown(type, once)) == once
