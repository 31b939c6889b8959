"""A supplier sends its invoice with its own key, over HTTP: it is matched with what was ordered and
came, what is too dear is agreed to, it is paid, and the supplier sees so. Sent again it is none."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.factories.client import Client
from tests.factories.companies import PASSWORD, Company
from tests.factories.conditions import until
from tests.factories.invoices import Written, WrittenLine, as_cii, as_ubl
from tests.factories.running import Running

TEA = "TEA-GREEN"


@dataclass(slots=True)
class Scene:
    """Who acts, and the supplier with its key."""

    running: Running
    company: Company
    admin: Client
    boss: Client
    picker: Client
    supplier: Client
    supplier_id: str


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with a supplier, its key and its channel, and somebody who approves."""
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    made = await admin.do(
        "createParty", code="LEAF", name="Leaf Teas", isCustomer=False, isSupplier=True
    )
    supplier = str(made["party"]["id"])
    entity = company.entities["US1"]
    fields = {"name": "Leaf's documents", "kind": "EDI", "source": "GENERIC", "entityId": entity}
    await admin.do("createChannel", code="leaf", defaultPartyId=supplier, **fields)
    await admin.do(
        "createUser", username="boss", displayName="Agrees", password=PASSWORD,
        roleIds=[roles["finance"]],
    )  # fmt: skip
    key = await admin.do(
        "createApiKey", name="Leaf's gateway", roleId=roles["supplier"], partyId=supplier
    )
    people = [Client(admin.http) for _ in range(3)]
    for client, name in zip(people, ("boss", "picker"), strict=False):
        await client.sign_in(company.tenant, name, PASSWORD)
    people[2].token = key["key"]
    return Scene(running, company, admin, people[0], people[1], people[2], supplier)


async def test_a_suppliers_invoice(scene: Scene) -> None:
    number = await goods_are_ordered_and_come(scene)
    bill = Written(
        number="L-2026-7",
        order=number,
        currency="USD",
        tax_percent=5,
        lines=(WrittenLine(code=TEA, quantity=10, price="38.00", unit="CASE"),),
    )
    await its_key_opens_no_other_door(scene, bill)
    invoice = await it_sends_its_invoice(scene, bill)
    await what_is_too_dear_is_agreed_to(scene, invoice)
    await it_is_paid_and_the_supplier_sees_so(scene, invoice)
    await in_another_syntax_it_is_the_same(scene, bill, invoice)
    done = await scene.running.command("check", "--tenant", scene.company.tenant)
    assert done.exit_code == 0


async def goods_are_ordered_and_come(scene: Scene) -> str:
    """Ten cases at 36 dollars; the number of the order."""
    day = (datetime.now(UTC).date() + timedelta(days=5)).isoformat()
    done = await scene.admin.do(
        "createPurchaseOrder",
        supplierId=scene.supplier_id,
        locationId=scene.company.locations["EWR"],
        lines=[
            {
                "itemId": scene.company.items[TEA],
                "quantity": "10",
                "unit": "CASE",
                "unitPrice": "36.00",
                "wantedOn": day,
            }
        ],
    )
    order = done["purchaseOrder"]
    await scene.admin.do("sendPurchaseOrder", id=order["id"])
    lines = [{"lineNumber": 1, "quantity": "120", "unit": "EA"}]
    await scene.picker.do("receivePurchaseOrder", id=order["id"], lines=lines)
    return str(order["number"])


async def _post(scene: Scene, raw: bytes, channel: str = "leaf") -> httpx.Response:
    return await scene.admin.http.post(
        f"/intake/{channel}", content=raw, headers=scene.supplier.headers
    )


async def its_key_opens_no_other_door(scene: Scene, bill: Written) -> None:
    """Another channel of the company is not there for a supplier."""
    for channel in ("edi", "nowhere"):
        answer = await _post(scene, as_ubl(bill), channel)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def it_sends_its_invoice(scene: Scene, bill: Written) -> dict[str, Any]:
    """A worker reads it: it is dearer than ordered, and waits for who decides."""
    answer = await _post(scene, as_ubl(bill))
    assert answer.status_code == 202
    found: list[Any] = []

    async def arrived() -> bool:
        listed = await scene.admin.ask("SupplierInvoices", filter={"supplierId": scene.supplier_id})
        found[:] = listed["nodes"]
        return bool(found)

    await until(arrived)
    [invoice] = found
    assert (invoice["externalNumber"], invoice["kind"]) == ("L-2026-7", "INVOICE")
    assert (invoice["status"], invoice["reasons"]) == ("EXCEPTION", ["PRICE_TOO_HIGH"])
    assert invoice["total"] == {"amount": "399.00", "currency": "USD"}
    assert invoice["purchaseOrder"]["number"] == bill.order
    whole = await scene.admin.ask("SupplierInvoiceInFull", id=invoice["id"])
    assert whole["intakeMessage"]["id"] == answer.json()["message_id"]
    assert whole["intakeMessage"]["format"] == "ubl.invoice"
    assert [(line["quantity"], line["net"]["amount"]) for line in whole["lines"]] == [
        ("120", "380.00")
    ]
    return dict(invoice)


async def what_is_too_dear_is_agreed_to(scene: Scene, invoice: dict[str, Any]) -> None:
    """Somebody else than who asks says yes; then it is owed."""
    asked = await scene.admin.do(
        "requestSupplierInvoiceAcceptance", id=invoice["id"], reason="the price rose"
    )
    await scene.boss.do("approveRequest", id=asked["approvalRequest"]["id"])
    whole = await scene.admin.ask("SupplierInvoiceInFull", id=invoice["id"])
    assert (whole["status"], whole["decision"]) == ("BOOKED", "accepted")
    assert whole["open"]["amount"] == "399.00"


async def it_is_paid_and_the_supplier_sees_so(scene: Scene, invoice: dict[str, Any]) -> None:
    """With its own key it sees its own bill, and that nothing of it is open."""
    await scene.boss.do("paySupplier", supplierInvoiceId=invoice["id"])
    [mine] = (await scene.supplier.ask("MyBills"))["nodes"]
    assert (mine["externalNumber"], mine["open"]["amount"]) == ("L-2026-7", "0.00")
    assert [each["amount"]["amount"] for each in mine["settlements"]] == ["399.00"]


async def in_another_syntax_it_is_the_same(
    scene: Scene, bill: Written, invoice: dict[str, Any]
) -> None:
    """As Factur-X it brings nothing new, and names the invoice that is here."""
    answer = await _post(scene, as_cii(bill))
    message: Any = None

    async def was_read() -> bool:
        nonlocal message
        listed = await scene.admin.ask("SuppliersDocuments", filter={"format": "cii.invoice"})
        message = next(iter(listed["nodes"]), None)
        return message is not None

    await until(was_read)
    assert (message["id"], message["outcome"]) == (answer.json()["message_id"], "DUPLICATE")
    [document] = message["documents"]
    assert document["supplierInvoice"]["id"] == invoice["id"]
    listed = await scene.admin.ask("SupplierInvoices", filter={"supplierId": scene.supplier_id})
    assert len(listed["nodes"]) == 1
