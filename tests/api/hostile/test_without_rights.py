"""Without a right nothing is read and nothing is done, by whatever field of the schema."""

from typing import Any

import pytest

from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.checksums import tenant_checksums
from tests.factories.hostility import shows
from tests.factories.schema_walk import (
    RootField,
    arguments,
    document,
    node_types,
    root_fields,
    selection_of,
)

FIELDS = [*root_fields("query"), *root_fields("mutation")]
# Signing in and out is for those who are not signed in; the viewer is nobody then.
FOR_ANYONE = {"viewer", "signIn", "refreshToken", "signOut"}
# One's own account, and the list of the permissions there are, need no permission.
FOR_EVERY_USER = {*FOR_ANYONE, "setPassword", "permissions", "node", "nodes"}


async def _ask(caller: ApiCaller, field: RootField, company: Any) -> Any:
    values = arguments(field, lambda path, kind: company.seen.own(path, kind, field))
    query = document(field, list(values), selection_of(field.definition.type, 1))
    return await caller.ask(query, **values)


@pytest.mark.parametrize(
    "field", [f for f in FIELDS if f.name not in FOR_ANYONE], ids=lambda field: field.name
)
async def test_nobody_gets_nothing(
    field: RootField, api: ApiUnderTest, theirs: Any, owner_url: str
) -> None:
    before = await tenant_checksums(owner_url, theirs.world.tenant.id)
    answer = await _ask(api.nobody(), field, theirs)
    assert answer.error_codes == ["UNAUTHENTICATED"]
    assert not any((answer.body.get("data") or {}).values())
    assert await tenant_checksums(owner_url, theirs.world.tenant.id) == before


@pytest.mark.parametrize("name", sorted(FOR_ANYONE))
async def test_what_is_for_anyone_tells_nobody_anything(
    name: str, api: ApiUnderTest, theirs: Any
) -> None:
    (field,) = [f for f in FIELDS if f.name == name]
    answer = await _ask(api.nobody(), field, theirs)
    assert not shows(answer, "QZB")


@pytest.fixture(scope="module")
async def powerless(api: ApiUnderTest, theirs: Any) -> ApiCaller:
    """A user of the tenant who holds no permission at all."""
    return await api.user(theirs.world.tenant)


@pytest.mark.parametrize(
    "field", [f for f in FIELDS if f.name not in FOR_EVERY_USER], ids=lambda field: field.name
)
async def test_a_user_without_permissions_gets_nothing(
    field: RootField, powerless: ApiCaller, theirs: Any, owner_url: str
) -> None:
    before = await tenant_checksums(owner_url, theirs.world.tenant.id)
    answer = await _ask(powerless, field, theirs)
    assert answer.error_codes == ["FORBIDDEN"]
    assert not any((answer.body.get("data") or {}).values())
    assert await tenant_checksums(owner_url, theirs.world.tenant.id) == before


async def test_a_user_without_permissions_refetches_nothing(
    powerless: ApiCaller, theirs: Any
) -> None:
    for kind in node_types():
        answer = await powerless.ask(
            "query($id: ID!) { node(id: $id) { id __typename } }", id=theirs.seen.ids[kind][0]
        )
        assert answer.error_codes == ["FORBIDDEN"], kind
        assert answer.body["data"] == {"node": None}, kind


def test_every_field_asks_or_is_named_here() -> None:
    assert {field.name for field in FIELDS} >= FOR_EVERY_USER
