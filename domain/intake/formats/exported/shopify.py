"""The orders export of Shopify's admin: a row for each line, the first of an order with the rest of
it. Its `Id` is that of the REST API, so that an export and a webhook are one order."""

from collections.abc import Sequence
from dataclasses import replace

from domain.intake.document import (
    Address,
    ItemCode,
    Moment,
    Notes,
    ParsedLine,
    ParsedOrder,
    Problem,
    Totals,
)
from domain.intake.formats.exported.table import Row, Table, clipped, row_of
from domain.intake.formats.moments import version_of
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.shopify.order import PAYMENT

FORMAT = "shopify.orders_export"
MARKS = ("name", "financial status", "lineitem quantity", "lineitem name")

_TIMES = ("created at", "paid at", "fulfilled at", "cancelled at")
_NOTES = (
    ("note", "notes"),
    ("note_attributes", "note attributes"),
    ("discount_code", "discount code"),
    ("shipping_line", "shipping method"),
    ("payment_method", "payment method"),
    ("fulfillment_status", "fulfillment status"),
    ("refunded_amount", "refunded amount"),
    ("source_name", "source"),
    ("tags", "tags"),
)


def orders(table: Table, problems: list[Problem]) -> list[ParsedOrder]:
    """The orders of the export, in its order; rows of one order need not stand together.

    The export tells no version: its latest moment is taken as one."""
    grouped: dict[str, list[Row]] = {}
    for line, cells in table.rows(problems):
        name = cells.get("name", "").strip()
        own = grouped.setdefault(name or f"line {line}", [])
        own.append(row_of(line, cells, own[0].field.problems if own else []))
    return [_order(rows) for rows in grouped.values()]


def _order(rows: Sequence[Row]) -> ParsedOrder:
    head = next((row for row in rows if row.text("total", "currency", "id")), rows[0])
    name, currency = head.text("name"), head.field.currency("currency")
    head.field.within("name").require(name, "the order's name, such as #1001")
    goods = [row for row in rows if row.text("lineitem quantity", "lineitem name", "lineitem sku")]
    if not goods:
        head.field.within("lineitem quantity").complain(
            "lines_missing", "has no lines", "Export the order with its lines."
        )
    lines = tuple(_line(row, place, currency) for place, row in enumerate(goods, 1))
    email, status = head.text("email"), head.text("financial status")
    totals, cancelled_at = _totals(head, currency), head.moment("cancelled at")
    return ParsedOrder(
        format=FORMAT,
        path=head.field.path,
        external_number=name,
        external_id=head.text("id"),
        currency=currency,
        ordered_at=head.moment("created at"),
        lines=lines,
        totals=totals,
        ship_to=_address(head, "shipping", email),
        bill_to=_address(head, "billing", email),
        email=email,
        prices_include_tax=_includes_tax(totals),
        payment_state=PAYMENT.get(status.lower() if status else None, "unknown"),
        cancelled=cancelled_at is not None,
        cancelled_at=cancelled_at,
        source_status=status,
        source_version=_version(head),
        notes=_notes(head),
        problems=tuple(dict.fromkeys(head.field.problems)),
    )


def _version(head: Row) -> str | None:
    moments: list[Moment | None] = [head.moment(name) for name in _TIMES]
    return max((v for moment in moments if (v := version_of(moment))), default=None)


def _line(row: Row, place: int, currency: str | None) -> ParsedLine:
    sku = row.text("lineitem sku")
    return ParsedLine(
        line=place,
        path=row.field.path,
        quantity=row.quantity("lineitem quantity"),
        external_code=sku,
        codes=(ItemCode("sku", sku, "Lineitem sku"),) if sku else (),
        description=row.text("lineitem name"),
        unit_price=row.amount("lineitem price", currency),
        discount=row.amount("lineitem discount", currency),
        requires_shipping=row.field.flag("lineitem requires shipping"),
    )


def _totals(head: Row, currency: str | None) -> Totals:
    return Totals(
        subtotal=head.amount("subtotal", currency),
        discount=head.amount("discount amount", currency),
        tax=head.amount("taxes", currency),
        shipping=head.amount("shipping", currency),
        total=head.amount("total", currency),
    )


def _includes_tax(totals: Totals) -> bool | None:
    """Whether prices are with tax: the export does not say, but its figures do."""
    if not totals.tax or totals.total is None:
        return None
    without = exact_sum((totals.subtotal, totals.shipping))
    if without == totals.total:
        return True
    return False if exact_sum((without, totals.tax)) == totals.total else None


def _address(head: Row, kind: str, email: str | None) -> Address | None:
    found = Address(
        name=head.text(f"{kind} name"),
        company=head.text(f"{kind} company"),
        line1=head.text(f"{kind} address1", f"{kind} street"),
        line2=head.text(f"{kind} address2"),
        city=head.text(f"{kind} city"),
        region=head.text(f"{kind} province"),
        postal_code=head.text(f"{kind} zip"),
        country=head.text(f"{kind} country"),
        phone=head.text(f"{kind} phone"),
    )
    return None if found.is_blank else replace(found, email=email)


def _notes(head: Row) -> Notes:
    found = ((name, clipped(head.field.note(column))) for name, column in _NOTES)
    return tuple((name, told) for name, told in found if told is not None)
