"""Returns of Walmart Marketplace (GET /v3/returns): what buyers send back, order by order.

What is paid back for it is told in several steps, and not booked from here: goods are."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.intake.formats.json_fields import Field
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice
from domain.intake.formats.walmart.values import quantity

_CANCELLED = ("CANCELLED", "CANCELED")


def read(field: Field) -> Iterator[ReturnNotice]:
    """The return of an object, if it is one: a notice for each order that goods of it are of."""
    return_id = field.text("returnOrderId")
    if return_id is None:
        return
    by_order: dict[str | None, list[Field]] = {}
    for row in field.objects("returnOrderLines"):
        by_order.setdefault(row.text("purchaseOrderId"), []).append(row)
    for place, (order_id, rows) in enumerate(by_order.items(), 1):
        yield _notice(field, rows, order_id, return_id if place == 1 else f"{return_id}-{place}")


def _notice(
    field: Field, rows: Sequence[Field], order_id: str | None, external_id: str
) -> ReturnNotice:
    open_rows = [row for row in rows if (row.text("status") or "").upper() not in _CANCELLED]
    carrier = _carrier(field)
    return ReturnNotice(
        format="walmart.return",
        path=field.path,
        external_id=external_id,
        order_id=order_id,
        rows=tuple(_row(row) for row in open_rows),
        reason=next((row.text("returnReason") for row in open_rows), None),
        reference=field.text("returnOrderId"),
        carrier=carrier.text("carrierName"),
        tracking_number=carrier.text("trackingNo"),
        is_cancelled=not open_rows,
    )


def _row(row: Field) -> ReturnedRow:
    is_kept = row.flag("isKeepIt") is True or row.flag("returnExpectedFlag") is False
    return ReturnedRow(
        path=row.path,
        quantity=quantity(row, "quantity") or Decimal(0),
        line=row.text("purchaseOrderLineNumber"),
        code=row.member("item").text("sku"),
        comes_back=not is_kept,
    )


def _carrier(field: Field) -> Field:
    """The first parcel that the goods come back in."""
    group = next(iter(field.objects("returnLineGroups")), Field(None, "", []))
    label = next(iter(group.objects("labels")), Field(None, "", []))
    return next(iter(label.objects("carrierInfoList")), Field(None, "", []))
