"""Billing: what left becomes an invoice, once, and is owed from then on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, update
from sqlalchemy.engine import Row

from domain.finance.billable import Billable, billables_of, lock_unbilled
from domain.finance.drafting import Draft, drafted, line_row
from domain.finance.events import InvoiceIssued
from domain.finance.models import Invoice, InvoiceLine, TaxAmount
from domain.finance.money_of_orders import lock_money_of
from domain.finance.numbering import draw_for_entities, entities_of
from domain.finance.policies.terms import due_on
from domain.finance.prepaying import lock_receipts, settle_with_receipts
from domain.finance.taxing import tax_rules
from domain.finance.terms import Terms, terms_of
from domain.fulfilment.models import Shipment
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on

Entities = Mapping[int, Row[Any]]


async def bill_shipments(
    work: Work, shipment_ids: Collection[int], *, together: bool = False
) -> list[int]:
    """Bill what is unbilled of these shipments, each by itself, or `together` what goes to the
    same customer of the same entity in the same currency; the ids of the invoices.

    Locks the shipments, and what is paid of their orders; numbers are drawn, then the books are
    locked. What was paid of the orders before settles the invoices. Raises ExchangeRateMissing."""
    unbilled = await lock_unbilled(work, shipment_ids)
    if not unbilled:
        return []
    billables = await billables_of(work, unbilled)
    orders = {each.row.order_id for each in billables}
    await lock_money_of(work, orders)
    receipts = await lock_receipts(work, orders)
    terms = await _terms(work, billables)
    entities = await entities_of(work, {each.row.entity_id for each in billables})
    drafts = await _drafts(work, billables, terms, entities, together=together)
    rows = await _write(work, drafts, terms, entities)
    await post(
        work,
        [_entry(draft, row, entities) for draft, row in zip(drafts, rows, strict=True)],
    )
    _tell(work, rows)
    await settle_with_receipts(work, rows, receipts)
    return [row["id"] for row in rows]


async def _terms(work: Work, billables: Sequence[Billable]) -> Terms:
    return await terms_of(
        work,
        party_ids={party for each in billables if (party := each.billed_party_id) is not None},
        entity_ids={each.row.entity_id for each in billables},
    )


async def _drafts(
    work: Work,
    billables: Sequence[Billable],
    terms: Terms,
    entities: Entities,
    *,
    together: bool,
) -> list[Draft]:
    coded = {terms.of(each.billed_party_id).tax_code_id for each in billables} - {None}
    rules = await tax_rules(
        work, entity_ids=entities.keys(), code_ids=[n for n in coded if n], on=work.now.date()
    )
    groups: dict[Any, list[Billable]] = defaultdict(list)
    for each in billables:
        row = each.row
        key = (row.entity_id, each.billed_party_id, row.currency)
        groups[key if together and each.billed_party_id is not None else row.id].append(each)
    return [
        drafted(own, rules, terms, entities[own[0].row.entity_id].country)
        for own in groups.values()
    ]


async def _write(
    work: Work, drafts: Sequence[Draft], terms: Terms, entities: Entities
) -> list[dict[str, Any]]:
    wanted: dict[tuple[str, int], int] = defaultdict(int)
    for draft in drafts:
        wanted["invoice", draft.first.row.entity_id] += 1
    bases = await _bases(work, drafts, entities)
    drawn = await draw_for_entities(work, wanted, entities)
    numbers = {key: iter(own) for key, own in drawn.items()}
    rows = [
        _row(work, draft, next(numbers["invoice", draft.first.row.entity_id]), base, terms)
        for draft, base in zip(drafts, bases, strict=True)
    ]
    ids = await insert_ids(work, Invoice, rows)
    await insert_rows(work, InvoiceLine, _line_rows(ids, drafts))
    await insert_rows(work, TaxAmount, _tax_rows(ids, drafts))
    await _mark(work, {b.row.id: n for n, d in zip(ids, drafts, strict=True) for b in d.billables})
    return [
        {**row, "id": n, "open_minor": row["total_minor"]} for n, row in zip(ids, rows, strict=True)
    ]


async def _bases(work: Work, drafts: Sequence[Draft], entities: Entities) -> list[int]:
    """What each invoice stands at in the books: what was shipped at its rate then, and the taxes
    that are added now at that of today."""
    pairs = [(d.first.row.currency, entities[d.first.row.entity_id].currency) for d in drafts]
    added = [draft.total_minor - draft.unbilled_minor for draft in drafts]
    wanted = {pair for pair, more in zip(pairs, added, strict=True) if more}
    rates = await rates_on(work, wanted, on=work.now.date())
    return [
        sum(each.base_minor for each in draft.billables)
        + (more if pair[0] == pair[1] or not more else to_base(more, *pair, rates[pair]))
        for draft, pair, more in zip(drafts, pairs, added, strict=True)
    ]


def _row(work: Work, draft: Draft, number: str, base: int, terms: Terms) -> dict[str, Any]:
    first, today = draft.first, work.now.date()
    term = terms.customer_term(first.billed_party_id, first.row.entity_id)
    return {
        "number": number,
        "entity_id": first.row.entity_id,
        "party_id": first.billed_party_id,
        "order_id": draft.order_id,
        "currency": first.row.currency,
        "invoiced_on": today,
        "due_on": due_on(today, term),
        "created_at": work.now,
        "net_minor": draft.net_minor("goods"),
        "shipping_minor": draft.net_minor("shipping"),
        "tax_minor": draft.tax_minor,
        "total_minor": draft.total_minor,
        "base_minor": base,
        "base_open_minor": base,
    }


def _line_rows(ids: Sequence[int], drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": invoice_id,
            "line_number": number,
            **line_row(line, taxed.net_minor, taxed.tax_minor),
        }
        for invoice_id, draft in zip(ids, drafts, strict=True)
        for number, (line, taxed) in enumerate(
            zip(draft.lines, draft.tax.lines, strict=True), start=1
        )
    ]


def _tax_rows(ids: Sequence[int], drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": invoice_id,
            "tax_code_id": None if total is None else total.code_id,
            "component": "given" if total is None else total.component,
            "percent": None if total is None else total.percent,
            "taxable_minor": _given(draft)[0] if total is None else total.taxable_minor,
            "tax_minor": _given(draft)[1] if total is None else total.tax_minor,
        }
        for invoice_id, draft in zip(ids, drafts, strict=True)
        for total in draft.totals()
    ]


def _given(draft: Draft) -> tuple[int, int]:
    lines = [line for line in draft.lines if line.treatment is None]
    return sum(line.price_minor for line in lines), sum(line.given_tax_minor for line in lines)


async def _mark(work: Work, invoices: Mapping[int, int]) -> None:
    given = (
        func.unnest(
            literal(list(invoices), ARRAY(BigInteger)),
            literal(list(invoices.values()), ARRAY(BigInteger)),
        )
        .table_valued(column("id", BigInteger), column("invoice_id", BigInteger))
        .render_derived(name="given")
    )
    await work.execute(
        update(Shipment)
        .where(Shipment.tenant_id == work.tenant_id, Shipment.id == given.c.id)
        .values(invoice_id=given.c.invoice_id)
    )


def _entry(draft: Draft, row: Mapping[str, Any], entities: Entities) -> Entry:
    booked = sum(each.base_minor for each in draft.billables)
    is_own = entities[row["entity_id"]].currency == row["currency"]
    return Entry(
        entity_id=row["entity_id"],
        milestone="invoice",
        source_kind="invoice",
        source_id=row["id"],
        currency=row["currency"],
        legs=(
            Leg("receivable", row["total_minor"], base_amount_minor=row["base_minor"]),
            Leg("unbilled", -draft.unbilled_minor, base_amount_minor=-booked),
            *_tax_legs(draft, row["base_minor"] - booked, is_own=is_own),
        ),
        posted_on=row["invoiced_on"],
        description=f"Invoice {row['number']}",
        trace={"invoice_id": row["id"]}
        | ({} if row["order_id"] is None else {"order_id": row["order_id"]}),
        dimensions=Dimensions(channel_id=draft.channel_id, party_id=row["party_id"]),
        country=(draft.first.row.ship_to or {}).get("country"),
    )


def _tax_legs(draft: Draft, added_base: int, *, is_own: bool) -> list[Leg]:
    """The taxes that are owed from now on: added to what was earned, or in it. In a foreign
    currency the added tax closes the books' side; what was in the price is turned at its rate."""
    included = [
        Leg(name, amount, said)
        for name, kind in (("revenue", "goods"), ("shipping", "shipping"))
        for said, amount in draft.included(kind).items()
    ]
    tax = draft.coded_tax_minor
    if is_own or not included:
        return [Leg("tax", -tax, base_amount_minor=-tax if is_own else -added_base), *included]
    return [Leg("tax", -tax), *included]


def _tell(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        work.record(
            InvoiceIssued(
                aggregate_id=row["id"],
                number=row["number"],
                party_id=row["party_id"],
                order_id=row["order_id"],
                currency=row["currency"],
                total_minor=row["total_minor"],
                due_on=row["due_on"].isoformat(),
            )
        )
        work.audit(
            "bill_shipments",
            subject="invoice",
            subject_id=row["id"],
            after={"number": row["number"], "total_minor": row["total_minor"]},
        )
