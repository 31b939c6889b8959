"""Subscriptions, too: nothing of another tenant, and nothing without a right."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.crawling import wanted_type
from tests.factories.hostility import NOWHERE
from tests.factories.live_api import listening, subscriber
from tests.factories.schema_walk import (
    RootField,
    Slot,
    document,
    root_fields,
    selection_of,
    slots,
)

FIELDS = root_fields("subscription")
# Where to take up again: a place in the log of events, not an object.
NOT_OBJECTS = {"after"}
OBJECT_SLOTS = [s for f in FIELDS for s in slots(f, "ID") if s.path[-1] not in NOT_OBJECTS]


@pytest.fixture
async def port(api: ApiUnderTest) -> AsyncIterator[int]:
    """The application on a real socket."""
    async with listening(api) as port:
        yield port


async def _refusal(port: int, token: str, field: RootField, **variables: Any) -> list[str]:
    """The codes with which the subscription is refused; fails when it gives a result instead."""
    query = document(field, list(variables), selection_of(field.definition.type, 1))
    async with subscriber(port, token) as watching:
        await watching.subscribe(query, **variables)
        return await watching.error_codes()


@pytest.mark.parametrize("slot", OBJECT_SLOTS, ids=str)
async def test_anothers_object_cannot_be_watched(
    slot: Slot, port: int, ours: Any, theirs: Any
) -> None:
    kind = wanted_type(slot)
    assert kind is not None
    assert len(slot.path) == 1, "put the id into an input: this test fills plain arguments"
    name, token = slot.path[0], ours.admin.token
    refused = await _refusal(port, token, slot.field, **{name: theirs.seen.ids[kind][0]})
    assert refused == ["NOT_FOUND"]
    nobodys = await _refusal(port, token, slot.field, **{name: global_id(kind, NOWHERE)})
    assert nobodys == refused


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
async def test_without_a_permission_nothing_is_watched(
    field: RootField, port: int, api: ApiUnderTest, theirs: Any
) -> None:
    powerless = await api.user(theirs.world.tenant)
    assert await _refusal(port, powerless.token or "", field) == ["FORBIDDEN"]


async def test_the_subscriptions_are_covered() -> None:
    assert {slot.field.name for slot in OBJECT_SLOTS} == {field.name for field in FIELDS}
