"""Credit memos of Adobe Commerce (Magento 2): what the shop has paid back, row by row."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.json_fields import Field
from domain.intake.formats.magento.values import Money, currency_of, money_of, rows_of
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice

NONE = Decimal(0)


def read(field: Field) -> Iterator[ReturnNotice]:
    """The credit memo of an object, if it is one. It names its order by the entity id."""
    external_id = field.text("entity_id", "increment_id")
    if external_id is None or not field.has("order_id", "items"):
        return
    money = money_of(field)
    rows = tuple(_row(row, money) for row in _own_rows(field, money))
    shipping = money.of(field, "shipping_amount") or NONE
    told = sum(((row.net or 0) + (row.tax or 0) for row in rows), NONE) + shipping
    paid = money.of(field, "grand_total")
    yield ReturnNotice(
        format="magento.credit_memo",
        path=field.path,
        external_id=external_id,
        order_id=field.text("order_id"),
        currency=currency_of(field, money),
        rows=rows,
        shipping=shipping,
        other=NONE if paid is None else paid - told,
        pays=True,
        reason=_comment(field),
        reference=field.text("increment_id"),
    )


def _own_rows(field: Field, money: Money) -> Iterator[Field]:
    """The rows with money of their own: the variant of a configurable product, a bundle whose
    parts have the prices, and the parts of one that has one price, have none."""
    rows = [row for row in rows_of(field, "items") if money.of(row, "row_total") is not None]
    priced = {row.text("sku") for row in rows if money.of(row, "row_total")}
    for row in rows:
        if money.of(row, "row_total") or row.text("sku") not in priced:
            yield row


def _row(row: Field, money: Money) -> ReturnedRow:
    discount = money.discount(row, "discount_tax_compensation_amount") or NONE
    return ReturnedRow(
        path=row.path,
        quantity=row.number("qty") or NONE,
        line=row.text("order_item_id"),
        code=row.text("sku"),
        net=(money.of(row, "row_total") or NONE) - discount,
        tax=money.of(row, "tax_amount") or NONE,
    )


def _comment(field: Field) -> str | None:
    rows = field.within("comments").each()
    return next((told for row in rows if (told := row.note("comment")) is not None), None)
