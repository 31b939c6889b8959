"""Credit notes: what was billed is given back, never more of a line than was billed of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.catalog.models import Item as Goods
from domain.finance.events import CreditNoteIssued
from domain.finance.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from domain.finance.models.invoices import QUANTITY
from domain.finance.numbering import draw_for_entities, entities_of
from domain.finance.open_items import Item, lock_rows
from domain.finance.outcomes import CreditTooMuch
from domain.finance.policies.crediting import BilledLine, Given
from domain.finance.policies.settling import spread
from domain.finance.settling import Settling, settle
from domain.fulfilment.models import Shipment
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on
from domain.orders.models import SalesOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What is given back of lines of invoices (by their ids) of one customer, and why.

    The fee, in minor units, is taken off. The same `source` (kind, id) is one credit note."""

    lines: Mapping[int, Given]
    reason: str
    source: tuple[str, int | None] = ("hand", None)
    fee_minor: int = 0


async def lock_billed(
    work: Work, line_ids: Collection[int]
) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Lines of invoices, each with the channel_id, location_id and item_group that it was earned
    by, and their invoices: the invoices are locked, which guards their lines."""
    of_lines = select(InvoiceLine.invoice_id).where(
        InvoiceLine.tenant_id == work.tenant_id, InvoiceLine.id.in_(line_ids)
    )
    invoices = await lock_rows(work, Invoice, sorted(set(await work.values(of_lines))))
    line = InvoiceLine
    lines = await work.rows(
        select(*line.__table__.c, SalesOrder.channel_id, Shipment.location_id, Goods.item_group)
        .join(SalesOrder, _same(SalesOrder, line.tenant_id, line.order_id))
        .join(Shipment, _same(Shipment, line.tenant_id, line.shipment_id))
        .outerjoin(Goods, _same(Goods, line.tenant_id, line.item_id))
        .where(line.tenant_id == work.tenant_id, line.id.in_(line_ids))
        .order_by(line.id)
    )
    return list(invoices), list(lines)


def _same(table: Any, tenant: Any, row_id: Any) -> Any:
    return and_(table.tenant_id == tenant, table.id == row_id)


def billed_line(row: Row[Any]) -> BilledLine:
    """A line's row as decisions see it."""
    return BilledLine(
        row.quantity,
        row.net_minor,
        row.tax_minor,
        row.credited_quantity,
        row.credited_net_minor,
        row.credited_tax_minor,
    )


async def issue_credit_note(
    work: Work, credit: Credit, invoices: Sequence[Row[Any]], lines: Sequence[Row[Any]]
) -> int:
    """Write and post a credit note for locked lines of invoices of one entity, customer and
    currency; its id. It settles what is open of these invoices; what is left of it stays the
    customer's credit. Raises CreditTooMuch."""
    for line in lines:
        _require_left(line, credit.lines[line.id], invoices[0].currency)
    first = invoices[0]
    entities = await entities_of(work, [first.entity_id])
    row = _row(work, credit, invoices, lines)
    row |= await _base(work, row, entities[first.entity_id].currency)
    key = ("credit_note", first.entity_id)
    row["number"] = (await draw_for_entities(work, {key: 1}, entities))[key][0]
    [credit_id] = await insert_ids(work, CreditNote, [row])
    await insert_rows(work, CreditNoteLine, _line_rows(credit_id, credit, lines))
    await _count(work, credit.lines)
    await post(work, [_entry(credit_id, row, earned_back(credit, lines))])
    _tell(work, credit_id, row)
    opens = spread(row["total_minor"], [invoice.open_minor for invoice in invoices])
    await settle(work, _settlings(credit_id, invoices, opens))
    return credit_id


def _settlings(
    credit_id: int, invoices: Sequence[Row[Any]], amounts: Sequence[int]
) -> list[Settling]:
    source = Item("credit_note", credit_id)
    return [
        Settling(source=source, target=Item("invoice", invoice.id), amount_minor=amount)
        for invoice, amount in zip(invoices, amounts, strict=True)
        if amount
    ]


def _require_left(row: Row[Any], given: Given, currency: str) -> None:
    left = billed_line(row).left
    if not given.within(left):
        raise CreditTooMuch(
            f"Less than that is left of line {row.line_number} to give back.",
            path=("lines",),
            line_number=row.line_number,
            available_minor=left.net_minor,
            available_quantity=left.quantity,
            currency=currency,
        )


def _row(
    work: Work, credit: Credit, invoices: Sequence[Row[Any]], lines: Sequence[Row[Any]]
) -> dict[str, Any]:
    first = invoices[0]
    kinds = {row.id: row.kind for row in lines}
    net = sum(g.net_minor for n, g in credit.lines.items() if kinds[n] == "goods")
    carriage = sum(g.net_minor for n, g in credit.lines.items() if kinds[n] == "shipping")
    tax = sum(given.tax_minor for given in credit.lines.values())
    total = net + carriage + tax - credit.fee_minor
    if total <= 0:
        raise CreditTooMuch(
            "Nothing is left to give back.",
            path=("lines",),
            line_number=0,
            available_minor=0,
            available_quantity=0,
            currency=first.currency,
        )
    orders = {row.order_id for row in lines}
    return {
        "entity_id": first.entity_id,
        "party_id": first.party_id,
        "order_id": orders.pop() if len(orders) == 1 else None,
        "source_kind": credit.source[0],
        "source_id": credit.source[1],
        "currency": first.currency,
        "credited_on": work.now.date(),
        "created_at": work.now,
        "reason": credit.reason,
        "net_minor": net,
        "shipping_minor": carriage,
        "fee_minor": credit.fee_minor,
        "tax_minor": tax,
        "total_minor": total,
    }


async def _base(work: Work, row: Mapping[str, Any], own: str) -> dict[str, int]:
    total, pair = row["total_minor"], (row["currency"], own)
    if pair[0] != own:
        total = to_base(total, *pair, (await rates_on(work, [pair], on=row["credited_on"]))[pair])
    return {"base_minor": total, "base_open_minor": total}


def _line_rows(credit_id: int, credit: Credit, lines: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "credit_note_id": credit_id,
            "line_number": number,
            "invoice_line_id": row.id,
            "quantity": credit.lines[row.id].quantity,
            "net_minor": credit.lines[row.id].net_minor,
            "tax_minor": credit.lines[row.id].tax_minor,
        }
        for number, row in enumerate(lines, start=1)
    ]


async def _count(work: Work, lines: Mapping[int, Given]) -> None:
    """What was given back of each line: the database holds it to what was billed."""
    given = (
        func.unnest(
            literal(list(lines), ARRAY(BigInteger)),
            literal([each.quantity for each in lines.values()], ARRAY(QUANTITY)),
            literal([each.net_minor for each in lines.values()], ARRAY(BigInteger)),
            literal([each.tax_minor for each in lines.values()], ARRAY(BigInteger)),
        )
        .table_valued(
            column("id", BigInteger),
            column("quantity", QUANTITY),
            column("net", BigInteger),
            column("tax", BigInteger),
        )
        .render_derived(name="given")
    )
    await work.execute(
        update(InvoiceLine)
        .where(InvoiceLine.tenant_id == work.tenant_id, InvoiceLine.id == given.c.id)
        .values(
            credited_quantity=InvoiceLine.credited_quantity + given.c.quantity,
            credited_net_minor=InvoiceLine.credited_net_minor + given.c.net,
            credited_tax_minor=InvoiceLine.credited_tax_minor + given.c.tax,
        )
    )


def earned_back(credit: Credit, lines: Sequence[Row[Any]]) -> list[Leg]:
    """What is given back of what was earned, by channel, place and item group as it was earned."""
    legs: Counter[tuple[str, Dimensions]] = Counter()
    for line in lines:
        name = "returned" if line.kind == "goods" else "shipping"
        said = Dimensions(
            channel_id=line.channel_id, location_id=line.location_id, item_group=line.item_group
        )
        legs[name, said] += credit.lines[line.id].net_minor
    channels = {line.channel_id for line in lines}
    fee = Dimensions(channel_id=channels.pop() if len(channels) == 1 else None)
    return [
        *(Leg(name, amount, said) for (name, said), amount in legs.items()),
        Leg("fee", -credit.fee_minor, fee),
    ]


def _entry(credit_id: int, row: Mapping[str, Any], earned: Sequence[Leg]) -> Entry:
    return Entry(
        entity_id=row["entity_id"],
        milestone="credit_note",
        source_kind="credit_note",
        source_id=credit_id,
        currency=row["currency"],
        legs=(
            # Said, so that what rounding leaves over goes to the others.
            Leg("receivable", -row["total_minor"], base_amount_minor=-row["base_minor"]),
            *earned,
            Leg("tax", row["tax_minor"]),
        ),
        posted_on=row["credited_on"],
        description=f"Credit note {row['number']}",
        trace={"credit_note_id": credit_id}
        | ({} if row["order_id"] is None else {"order_id": row["order_id"]}),
        dimensions=Dimensions(party_id=row["party_id"]),
    )


def _tell(work: Work, credit_id: int, row: Mapping[str, Any]) -> None:
    work.record(
        CreditNoteIssued(
            aggregate_id=credit_id,
            number=row["number"],
            party_id=row["party_id"],
            order_id=row["order_id"],
            currency=row["currency"],
            total_minor=row["total_minor"],
        )
    )
    work.audit(
        "issue_credit_note",
        subject="credit_note",
        subject_id=credit_id,
        after={"number": row["number"], "total_minor": row["total_minor"]},
        reason=row["reason"],
    )
