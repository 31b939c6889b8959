"""EDI through the API and the workers: a change that comes before its order ends in it."""

from typing import Any

import pytest

from tests.factories.api import ApiUnderTest
from tests.factories.delivering import deliver_all
from tests.factories.edifact_orders import edifact_change, edifact_order
from tests.factories.intake import new_door, purchase_order
from tests.factories.masters import new_item, new_party
from tests.factories.tenants import TenantUnderTest
from tests.factories.x12_changes import order_change

INGEST = (
    "mutation($input: IngestDocumentInput!, $key: String!) {"
    " ingestDocument(input: $input) @idempotent(key: $key) { message { id } userErrors { code } } }"
)
MESSAGE = (
    "query($id: ID!) { node(id: $id) { ... on IntakeMessage { outcome format acknowledgement"
    " problems { code path } documents { outcome order { externalNumber status"
    " lines { externalCode quantity cancelled } } } } } }"
)
CLERK = ("intake.read", "intake.ingest", "intake.manage", "orders.read", "channels.read",
         "catalog.read")  # fmt: skip


@pytest.mark.parametrize(
    ("order", "change", "format"),
    [
        (
            edifact_order(),
            edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5"], ["LIN+2+2+A-2:SA"]),
            "edifact.ordchg",
        ),
        (
            purchase_order(lines="PO1*1*12*EA*2.50**VN*A-1~PO1*2*4*EA*10**VN*A-2~"),
            order_change("PO-1", "POC*1*QD*5**EA***VN*A-1~", "POC*2*DI******VN*A-2~"),
            "x12.860",
        ),
    ],
    ids=["edifact", "x12"],
)
async def test_a_change_that_is_handed_in_before_its_order(
    api: ApiUnderTest, tenant: TenantUnderTest, order: str, change: str, format: str
) -> None:
    clerk = await api.user(tenant, *CLERK)
    for sku in ("A-1", "A-2"):
        await new_item(tenant, sku=sku)
    party_id = await new_party(tenant)
    door = await new_door(tenant, kind="edi", default_party_id=party_id)

    async def hand_in(text: str) -> str:
        input = {"channel": door.code, "text": text}
        answer = (await clerk.ask(INGEST, input=input, key=text[-40:])).data["ingestDocument"]
        assert answer["userErrors"] == []
        return str(answer["message"]["id"])

    async def shown(message: str) -> Any:
        await deliver_all(tenant)
        return (await clerk.ask(MESSAGE, id=message)).data["node"]

    changed = await hand_in(change)
    waits = await shown(changed)
    assert (waits["outcome"], waits["format"]) == ("EXCEPTION", format)
    assert [problem["code"] for problem in waits["problems"]] == ["order_unknown"]
    ordered = await shown(await hand_in(order))
    assert ordered["acknowledgement"]
    followed = await shown(changed)
    assert (followed["outcome"], followed["problems"]) == ("ACCEPTED", [])
    (document,) = followed["documents"]
    assert document["outcome"] == "AMENDED"
    assert document["order"]["externalNumber"] == "PO-1"
    lines = document["order"]["lines"]
    assert [(line["externalCode"], line["quantity"]) for line in lines] == [
        ("A-1", "5"),
        ("A-2", "4"),
    ]
    assert [line["cancelled"] for line in lines] == ["0", "4"]
