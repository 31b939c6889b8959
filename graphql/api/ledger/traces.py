"""From the books back to what caused them."""

from collections.abc import Mapping
from typing import Any

import strawberry

from api.context import Info
from api.ids import global_id
from api.nodes import Node, load_any

# The kinds that a source or a trace names, as the types that the API shows them as.
KINDS: Mapping[str, str] = {
    "shipment": "Shipment",
    "order": "Order",
    "fulfilment_order": "FulfilmentOrder",
    "intake_message": "IntakeMessage",
    "stock_document": "StockDocument",
    "stock_hold": "StockHold",
    "transfer_order": "TransferOrder",
    "return_unit": "ReturnUnit",
    "intercompany_entry": "IntercompanyEntry",
    "journal": "Journal",
    "manual_journal": "ManualJournal",
    "revaluation": "Revaluation",
    "landed_cost": "LandedCost",
    "stock_revaluation": "StockRevaluation",
    "settlement": "Payout",
    "settlement_difference": "PayoutDifference",
}


async def load_traced(info: Info, kind: str, row_id: int | None) -> Node | None:
    """The object that a source or trace names; None when it names none that the API shows."""
    if row_id is None or kind not in KINDS:
        return None
    found: Node | None = await info.context.load(load_any, global_id(KINDS[kind], row_id))
    return found


@strawberry.type(description="What stands behind a journal, as far as there is such a thing.")
class JournalTrace:
    ids: strawberry.Private[Mapping[str, Any]]

    @strawberry.field(description="The shipment that was posted.")
    async def shipment(self, info: Info) -> Node | None:
        return await load_traced(info, "shipment", self.ids.get("shipment_id"))

    @strawberry.field(description="The customer's order.")
    async def order(self, info: Info) -> Node | None:
        return await load_traced(info, "order", self.ids.get("order_id"))

    @strawberry.field(description="The raw document that the order came in as.")
    async def intake_message(self, info: Info) -> Node | None:
        return await load_traced(info, "intake_message", self.ids.get("intake_message_id"))

    @strawberry.field(description="The receipt or adjustment that was posted.")
    async def stock_document(self, info: Info) -> Node | None:
        return await load_traced(info, "stock_document", self.ids.get("stock_document_id"))
