"""What the random workload buys, and does to the value of stock and to periods: ordered, received,
billed and paid; corrected late; closed, and opened again."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from domain.finance.closing.checklist import checklist
from domain.finance.closing.checks import JOURNALS_WAITING
from domain.finance.closing.outcomes import CloseRefused
from domain.finance.models import SupplierInvoice
from domain.finance.operations.closing import (
    close_period,
    request_period_reopening,
    sign_closing_check,
)
from domain.finance.operations.paying_suppliers import pay_supplier
from domain.finance.operations.supplier_invoices import (
    await_supplier_receipt,
    expect_supplier_credit,
    match_again,
    record_supplier_invoice,
    reject_supplier_invoice,
    request_supplier_invoice_acceptance,
)
from domain.finance.taking_in import BilledLine
from domain.inventory.approved_revaluations import Wanted
from domain.inventory.models import CostLayer, ItemCost, LandedCost
from domain.inventory.operations.costing import set_standard_costs
from domain.inventory.operations.landed_costs import (
    book_landed_cost,
    reverse_landed_cost,
)
from domain.inventory.operations.pricing_receipts import PricedLine, price_receipt
from domain.inventory.operations.revaluing import (
    revalue_stock,
    reverse_write_down,
    write_down_stock,
)
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.ledger.closing_checks import CHECKS
from domain.ledger.models import FiscalPeriod, Journal
from domain.ledger.operations.journals import reverse_journal
from domain.ledger.operations.revaluation import revalue_foreign_balances
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine
from domain.procurement.operations.ordering import create_purchase_order, send_purchase_order
from domain.procurement.operations.receiving import receive_purchase_order
from tests.factories.workload_sales import Deed, near
from tests.factories.workload_scene import COST, CURRENCIES, NothingThere, Scene

NOT_BORNE_OUT = SupplierInvoice.status.in_(["exception", "waiting"])


async def buy(scene: Scene, dice: Random) -> None:
    """An order to a supplier, in the entity's currency or in pounds."""
    entity = dice.choice([0, 0, 1])
    lines = [
        WantedPurchaseLine(
            item_id=item,
            quantity=Decimal(dice.randint(2, 15)),
            unit_price=near(dice, COST),
            wanted_on=scene.today + timedelta(days=7),
        )
        for item in dice.sample(scene.item_ids, k=dice.randint(1, 2))
    ]
    async with scene.work() as work:
        order_id = await create_purchase_order(
            work,
            supplier_id=dice.choice(scene.supplier_ids),
            location_id=scene.location_ids[entity][0],
            lines=lines,
            currency=dice.choice([CURRENCIES[entity], CURRENCIES[entity], "GBP"]),
            over_percent=Decimal(50),
        )
        await send_purchase_order(work, order_id=order_id)


async def take_in(scene: Scene, dice: Random) -> None:
    """Some of what was bought comes, some of it damaged."""
    row = await scene.some(dice, PurchaseOrder, PurchaseOrder.status.not_in(["closed"]))
    lines = await scene.rows(PurchaseOrderLine, PurchaseOrderLine.order_id == row.id)
    line = dice.choice(lines)
    quantity = dice.randint(1, int(line.quantity))
    part = ReceivedPurchaseLine(
        line_number=line.line_number,
        quantity=Decimal(quantity),
        damaged=Decimal(dice.choice([0, 0, 1])),
        closes=dice.random() < 0.2,
    )
    async with scene.work() as work:
        await receive_purchase_order(work, order_id=row.id, lines=[part])


async def be_billed(scene: Scene, dice: Random) -> None:
    """The supplier bills what came, or more, at the price agreed on, or nearly, or not."""
    row = await scene.some(dice, PurchaseOrder, PurchaseOrder.status.not_in(["draft"]))
    lines = await scene.rows(PurchaseOrderLine, PurchaseOrderLine.order_id == row.id)
    line = dice.choice(lines)
    quantity = max(1, int(line.received) + dice.choice([0, 0, 0, 1, -1]))
    factor = dice.choice(["1", "1", "1.03", "0.98", "1.4"])
    net = line.unit_price * quantity * Decimal(factor)
    async with scene.work() as work:
        await record_supplier_invoice(
            work,
            purchase_order_id=row.id,
            external_number=f"R-{dice.randint(1, 10**9)}",
            invoiced_on=scene.today - timedelta(days=dice.choice([0, 4])),
            lines=[
                BilledLine(
                    order_line_number=line.line_number,
                    quantity=Decimal(quantity),
                    net_minor=int(net * 100),
                )
            ],
            tax_minor=dice.choice([0, int(net * 19)]),
        )


async def settle_bill(scene: Scene, dice: Random) -> None:
    """What is done about a supplier's invoice that is not borne out."""
    row = await scene.some(dice, SupplierInvoice, NOT_BORNE_OUT)
    verb = dice.choice(
        [
            request_supplier_invoice_acceptance,
            reject_supplier_invoice,
            await_supplier_receipt,
            expect_supplier_credit,
            match_again,
        ]
    )
    reason = {} if verb is match_again else {"reason": "agreed"}
    async with scene.work() as work:
        await verb(work, supplier_invoice_id=row.id, **reason)


async def pay_bill(scene: Scene, dice: Random) -> None:
    """A supplier is paid, all or a part."""
    row = await scene.some(dice, SupplierInvoice, SupplierInvoice.open_minor > 0)
    part = dice.choice([None, dice.randint(1, row.open_minor)])
    async with scene.work() as work:
        await pay_supplier(work, supplier_invoice_id=row.id, amount_minor=part)


async def land(scene: Scene, dice: Random) -> None:
    """Freight becomes known for receipts of some time ago, or was not owed after all."""
    if dice.random() < 0.2:
        landed = await scene.some(dice, LandedCost, LandedCost.status == "booked")
        async with scene.work() as work:
            await reverse_landed_cost(work, landed_cost_id=landed.id, reason="not ours")
        return
    layer = await scene.some(dice, CostLayer, CostLayer.source_kind == "stock_document")
    charge = LandedChargeLine(
        kind="freight", basis=dice.choice(["value", "quantity"]), amount=near(dice, COST)
    )
    async with scene.work() as work:
        await book_landed_cost(
            work,
            entity_id=layer.owner_id,
            charges=[charge],
            receipts=[LandedReceipt(document_id=layer.source_id)],
            reason="freight",
        )


async def price(scene: Scene, dice: Random) -> None:
    """What came without a cost gets one, since the day it came."""
    pending = (CostLayer.standing == "pending", CostLayer.is_open)
    layer = await scene.some(dice, CostLayer, *pending)
    line = PricedLine(item_id=layer.item_id, unit_cost=near(dice, COST))
    async with scene.work() as work:
        await price_receipt(work, document_id=layer.source_id, lines=[line])


async def revalue(scene: Scene, dice: Random) -> None:
    """Stock is written down, up again, made worth something else, or has another standard."""
    row = await scene.some(dice, ItemCost, ItemCost.quantity > 0)
    verb = dice.choice([write_down_stock, reverse_write_down, revalue_stock, None])
    value = near(dice, COST)
    async with scene.work() as work:
        if verb is None:
            costs = {row.item_id: value}
            await set_standard_costs(work, entity_id=scene.entity_ids[2], costs=costs)
        else:
            wanted = [Wanted(row.item_id, value)]
            await verb(work, entity_id=row.owner_id, lines=wanted, reason="market")


async def close(scene: Scene, dice: Random) -> None:
    """The first open period of an entity that is over closes, softly or for good: what waits is
    signed for; journals wait for a yes. A sub-ledger that disagrees is nobody's to sign: that is a
    fault."""
    period = await _first(scene, dice, FiscalPeriod.status != "hard_closed")
    if period.ends_on >= scene.today:
        raise NothingThere
    async with scene.tenant.read() as reader:
        found = [each for each in await checklist(reader, period) if not each.is_passed]
    for each in found:
        if each.check.waivable:
            async with scene.work() as work:
                await sign_closing_check(
                    work, period_id=period.id, check=each.check.name, note="known"
                )
    try:
        async with scene.work() as work:
            await close_period(work, period_id=period.id, softly=dice.random() < 0.3)
    except CloseRefused as refused:
        stuck = {name for name, *_ in refused.fields["open"] if not CHECKS[name].waivable}
        if stuck - {JOURNALS_WAITING.name}:
            raise AssertionError(f"Nobody can close this: {refused.fields['open']}") from refused
        raise


async def reopen(scene: Scene, dice: Random) -> None:
    """Somebody asks to open the last closed period of an entity again."""
    period = await _first(scene, dice, FiscalPeriod.status != "open", last=True)
    async with scene.work() as work:
        await request_period_reopening(work, period_id=period.id, reason="a late bill")


async def _first(scene: Scene, dice: Random, condition: Any, *, last: bool = False) -> Any:
    mine = FiscalPeriod.entity_id == dice.choice(scene.entity_ids)
    rows: Sequence[Any] = await scene.rows(FiscalPeriod, mine, condition)
    if not rows:
        raise NothingThere
    return sorted(rows, key=lambda row: row.starts_on)[-1 if last else 0]


async def revalue_currencies(scene: Scene, dice: Random) -> None:
    """Foreign balances are put at a day's rates."""
    as_of = scene.today - timedelta(days=dice.choice([0, 3]))
    async with scene.work() as work:
        await revalue_foreign_balances(work, entity_id=dice.choice(scene.entity_ids), as_of=as_of)


async def take_back(scene: Scene, dice: Random) -> None:
    """Somebody tries to take a journal back that may be some document's."""
    row = await scene.some(dice, Journal)
    async with scene.work() as work:
        await reverse_journal(work, journal_id=row.id, reason="by mistake")


DEEDS: dict[Deed, int] = {
    buy: 3,
    take_in: 5,
    be_billed: 5,
    settle_bill: 3,
    pay_bill: 3,
    land: 3,
    price: 2,
    revalue: 3,
    close: 3,
    reopen: 1,
    revalue_currencies: 1,
    take_back: 1,
}
