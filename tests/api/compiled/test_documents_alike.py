"""The checked-in query documents on a whole company: compiled as by graphql-core."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse
from sqlalchemy.ext.asyncio import AsyncEngine

from api.compiled.extension import SWITCH
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.tenants import new_tenant
from tests.factories.worlds import new_world

FOUND = """{
  orders(first: 1) { nodes { id externalId channel { id } } }
  items(first: 2) { nodes { id } }
  legalEntities(first: 1) { nodes { id } }
  locations(first: 1) { nodes { id } }
  accounts(first: 1) { nodes { id } }
  journals(first: 1) { nodes { lines { id } } }
  intakeMessages(first: 1) { nodes { id } }
}"""
# Of what an operation's $id is, where it is no order.
IDS = {"MessageInFull": "intakeMessages", "JournalLineTraced": "lines"}
NAMED = {
    "orderId": "orders",
    "entityId": "legalEntities",
    "accountId": "accounts",
    "locationId": "locations",
    "itemId": "items",
    "channelId": "channels",
    "externalId": "externalIds",
}


def queries() -> list[str]:
    """The names of the documents that only read."""
    return [name for name, text in sorted(operations().items()) if _reads(text)]


def _reads(text: str) -> bool:
    return any(
        isinstance(definition, OperationDefinitionNode)
        and definition.operation is OperationType.QUERY
        for definition in parse(text).definitions
    )


@pytest.fixture(scope="session")
async def owner(api: ApiUnderTest, engine: AsyncEngine) -> ApiCaller:
    """Somebody who may see everything in a whole company."""
    tenant = await new_tenant(engine, now=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    await new_world(tenant, "DOCUMENTED")
    return await api.user(tenant, "*")


@pytest.fixture(scope="session")
async def found(owner: ApiCaller) -> dict[str, list[str]]:
    """Ids of objects of the company by the list they stand in."""
    data = (await owner.ask(FOUND)).data
    lines = data.pop("journals")["nodes"][0]["lines"]
    order = data["orders"]["nodes"][0]
    return {
        "lines": [line["id"] for line in lines],
        "channels": [order["channel"]["id"]],
        "externalIds": [order["externalId"]],
        **{name: [node["id"] for node in one["nodes"]] for name, one in data.items()},
    }


def variables_of(name: str, found: dict[str, list[str]]) -> dict[str, Any]:
    """Values for an operation's variables: pages of ten, no filter, objects that are there."""
    if name == "QuotePrices":
        line = {"itemId": found["items"][0], "unit": "EA", "quantity": "2"}
        return {"input": {"currency": "EUR", "lines": [line]}}
    fixed = {"first": 10, "kind": "ITEMS", "itemIds": found["items"]}
    values: dict[str, Any] = {}
    for definition in parse(operations()[name]).definitions:
        for variable in getattr(definition, "variable_definitions", None) or ():
            given = variable.variable.name.value
            if given in fixed:
                values[given] = fixed[given]
            elif given == "id":
                values[given] = found[IDS.get(name, "orders")][0]
            elif given in NAMED:
                values[given] = found[NAMED[given]][0]
    return values


async def answer(caller: ApiCaller, name: str, variables: dict[str, Any]) -> Any:
    """Data and errors of a document."""
    body = (await caller.ask(operations()[name], **variables)).body
    return {part: body.get(part) for part in ("data", "errors")}


@pytest.mark.parametrize("name", queries())
async def test_a_document_is_answered_alike_when_compiled(
    name: str, owner: ApiCaller, found: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = variables_of(name, found)
    monkeypatch.setenv(SWITCH, "off")
    expected = await answer(owner, name, variables)
    assert expected["errors"] is None
    assert expected["data"]
    monkeypatch.delenv(SWITCH)
    for _ in range(3):
        assert await answer(owner, name, variables) == expected
