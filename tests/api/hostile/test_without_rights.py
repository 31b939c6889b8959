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
# So are signing up and what a mailed code allows: the code proves who has it.
FOR_ANYONE = {
    *("viewer", "signIn", "refreshToken", "signOut"),
    *("signUpTenant", "verifyAdmin", "acceptInvitation"),
}
# One's own account, and the list of the permissions there are, need no permission.
FOR_EVERY_USER = {*FOR_ANYONE, "setPassword", "permissions", "node", "nodes"}


async def _ask(caller: ApiCaller, field: RootField, company: Any) -> Any:
    values = arguments(field, lambda path, kind: company.seen.own(path, kind, field))
    query = document(field, list(values), selection_of(field.definition.type, 1))
    return await caller.ask(query, **values)


async def _all_refused(caller: ApiCaller, fields: list[RootField], company: Any) -> dict[str, Any]:
    """What each field answers that is more than one refusal; the refusals, too."""
    answers = {field.name: await _ask(caller, field, company) for field in fields}
    shown = {
        name: answer.body["data"]
        for name, answer in answers.items()
        if any((answer.body.get("data") or {}).values())
    }
    assert shown == {}
    return {name: answer.error_codes for name, answer in answers.items()}


async def test_nobody_gets_nothing(api: ApiUnderTest, theirs: Any, owner_url: str) -> None:
    fields = [field for field in FIELDS if field.name not in FOR_ANYONE]
    before = await tenant_checksums(owner_url, theirs.world.tenant.id)
    codes = await _all_refused(api.nobody(), fields, theirs)
    assert codes == {field.name: ["UNAUTHENTICATED"] for field in fields}
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


async def test_a_user_without_permissions_gets_nothing(
    powerless: ApiCaller, theirs: Any, owner_url: str
) -> None:
    fields = [field for field in FIELDS if field.name not in FOR_EVERY_USER]
    before = await tenant_checksums(owner_url, theirs.world.tenant.id)
    codes = await _all_refused(powerless, fields, theirs)
    assert codes == {field.name: ["FORBIDDEN"] for field in fields}
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
