"""Signed in as one tenant, with another's ids and codes in every argument of every field:
nothing of it is seen, nothing of it changes, and no error tells that it exists."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.factories.checksums import TenantRows, rows_of
from tests.factories.hostility import (
    Attacker,
    Nobodys,
    id_attempts,
    leaked_ids,
    shows,
    text_attempts,
    told,
)
from tests.factories.schema_walk import RootField, identified_types, root_fields, slots, the_schema

MARK, NUMBERS = "QZB", "770"
FIELDS = [*root_fields("query"), *root_fields("mutation")]
WITH_IDS = [field for field in FIELDS if slots(field, "ID")]
WITH_TEXTS = [field for field in FIELDS if slots(field, "String")]
# Places whose id is looked for only after something that a generated input cannot have right.
UNREACHED: set[str] = set()


@pytest.fixture(scope="module")
async def their_rows(theirs: Any, owner_url: str) -> AsyncIterator[TenantRows]:
    """Of the company of which nothing may change."""
    async with rows_of(owner_url, theirs.world.tenant.id) as rows:
        yield rows


@pytest.mark.parametrize("field", WITH_IDS, ids=lambda field: field.name)
async def test_another_tenants_id_is_as_good_as_none(
    field: RootField, ours: Any, theirs: Any, their_rows: TenantRows
) -> None:
    attacker = Attacker(ours.admin, ours.seen)
    nobodys_answers = Nobodys(attacker)
    codes: dict[str, set[str]] = defaultdict(set)
    for attempt in id_attempts(field, theirs.seen):
        nobodys = await nobodys_answers.answer(attempt)
        answer = await attacker.ask(attempt.slot, attempt.theirs, full=attempt.full)
        assert leaked_ids(answer, attempt.theirs, theirs.seen) == set(), str(attempt)
        assert not shows(answer, MARK), str(attempt)
        assert told(answer, attempt.theirs) == told(nobodys, attempt.nobodys[0]), str(attempt)
        assert "INTERNAL" not in answer.error_codes, str(attempt)
        codes[str(attempt.slot)] |= set(nobodys.error_codes)
    assert await their_rows.changed() == []
    if field.operation == "mutation":
        reached = {slot for slot, found in codes.items() if "NOT_FOUND" in found}
        assert codes.keys() - reached - UNREACHED == set(), "the attack does not reach the rows"


@pytest.mark.parametrize("field", WITH_TEXTS, ids=lambda field: field.name)
async def test_another_tenants_code_is_as_good_as_any(
    field: RootField, our_neighbour: Any, theirs: Any, their_rows: TenantRows
) -> None:
    attacker = Attacker(our_neighbour.admin, our_neighbour.seen)
    for attempt in text_attempts(field, theirs.seen, MARK, NUMBERS):
        tried = [
            (await attacker.ask(attempt.slot, value, full=False), value)
            for value in (attempt.nobodys[0], attempt.theirs, attempt.nobodys[1])
        ]
        answer = tried[1][0]
        assert leaked_ids(answer, attempt.theirs, theirs.seen) == set(), str(attempt)
        assert "INTERNAL" not in answer.error_codes, str(attempt)
        # The first may have changed what the second finds; then the third finds it so, too.
        first, second, third = (told(*each) for each in tried)
        assert second in (first, third), str(attempt)
    assert await their_rows.changed() == []


def test_every_field_with_an_id_or_a_text_is_attacked() -> None:
    schema = the_schema()
    names = {name for root in (schema.query_type, schema.mutation_type) for name in root.fields}  # type: ignore[union-attr]
    without = {field.name for field in FIELDS if not slots(field, "ID", "String")}
    assert {field.name for field in (*WITH_IDS, *WITH_TEXTS)} == names - without


async def test_every_type_of_object_is_among_what_is_tried(theirs: Any) -> None:
    assert set(identified_types()) - theirs.seen.ids.keys() == set()


async def test_the_owner_sees_everything_without_an_error(theirs: Any) -> None:
    # An owner is no operator, and a mapping is suggested for a file alone.
    told = {n: e for n, e in theirs.seen.errors.items() if e and not n.startswith("operator")}
    assert told.keys() <= {"suggestImportMapping"}, told


async def test_the_checksums_cover_what_the_company_has(their_rows: TenantRows) -> None:
    sums = await their_rows.checksums()
    empty = {name for name, value in sums.items() if value.startswith("0")}
    of_no_company = {"sign_up", "operator_key"}
    assert empty - of_no_company <= {
        *("stock_reservation", "user_session", "idempotency_record", "intake_document")
    }
