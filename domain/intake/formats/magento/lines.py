"""The lines of an Adobe Commerce (Magento 2) order: which of its rows are goods, at what price.

A configurable product is a row with the price and a row for the variant that was chosen; a bundle
is a row and one for each of its parts, and either it has the price or they have."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from domain.intake.document import ItemCode, ParsedLine
from domain.intake.formats.json_fields import Field
from domain.intake.formats.magento.values import Money, held, rows_of

_NOTES = ("product_type", "additional_data")
_BUNDLE = "bundle"


def order_lines(order: Field, money: Money) -> tuple[ParsedLine, ...]:
    """The lines of an order, as they are shipped; what is wrong goes to the order's problems."""
    tops, parts = _families(rows_of(order, "items"))
    lines: list[ParsedLine] = []
    for top in tops:
        of_it = parts.get(_id(top) or "", [])
        for row, chosen in _priced_rows(top, of_it, money):
            lines.append(_line(row, len(lines) + 1, money, chosen=chosen))
    return tuple(lines)


def _families(rows: Sequence[Field]) -> tuple[list[Field], dict[str, list[Field]]]:
    """The rows that stand by themselves, in their order, and the parts of each of them.

    A part whose parent is told only within it brings its parent along."""
    parents = {_id(row): _parent(row) for row in rows}
    known = {own for own, parent in parents.items() if parent is None}
    tops: list[Field] = []
    parts: dict[str, list[Field]] = defaultdict(list)
    for row in rows:
        parent, inner = _parent(row), held(row, "parent_item")
        if parent is not None and parent not in known and _id(inner) == parent:
            known.add(parent)
            tops.append(inner)
        if parent is not None and parent in known:
            parts[parent].append(row)
        else:
            tops.append(row)
    return tops, parts


def _parent(row: Field) -> str | None:
    parent = row.text("parent_item_id") or _id(held(row, "parent_item"))
    return None if parent == _id(row) else parent


def _id(row: Field) -> str | None:
    return row.text("item_id")


def _priced_rows(
    top: Field, parts: Sequence[Field], money: Money
) -> list[tuple[Field, Sequence[Field]]]:
    """The rows that become lines, each with the parts that say more of it."""
    if not parts:
        return [(top, ())]
    is_bundle = top.text("product_type") == _BUNDLE or len(parts) > 1
    if is_bundle and any(_has_price(part, money) for part in parts):
        return [(part, ()) for part in parts]
    return [(top, parts)]


def _has_price(row: Field, money: Money) -> bool:
    return any(money.of(row, key) not in (None, 0) for key in ("price", "row_total"))


def _line(row: Field, number: int, money: Money, *, chosen: Sequence[Field] = ()) -> ParsedLine:
    """The line of a row. `chosen`: the variant that was chosen, or the parts of a bundle that has
    one price."""
    is_bundle = row.text("product_type") == _BUNDLE or len(chosen) > 1
    codes = _codes(row if is_bundle or not chosen else chosen[0], row)
    quantity = row.quantity("qty_ordered")
    return ParsedLine(
        line=number,
        path=row.path,
        quantity=quantity,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("name"),
        unit_price=money.of(row, "price"),
        amount=money.of(row, "row_total"),
        discount=money.discount(row, "discount_tax_compensation_amount"),
        tax=money.of(row, "tax_amount"),
        external_id=_id(row),
        quantity_current=_left(row, quantity),
        requires_shipping=_is_shipped(row),
        parts=tuple(_line(p, place, money) for place, p in enumerate(chosen, 1) if is_bundle),
        notes=tuple((name, told) for name in _NOTES if (told := row.note(name)) is not None),
    )


def _codes(goods: Field, row: Field) -> tuple[ItemCode, ...]:
    found = [
        ("sku", goods.text("sku") or row.text("sku"), "sku"),
        ("product", goods.text("product_id"), "product_id"),
    ]
    return tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)


def _left(row: Field, quantity: Decimal | None) -> Decimal | None:
    """What is still wanted: without what was cancelled, and without what was paid back before it
    was sent. What came back after it was sent stays ordered: it is a return."""
    told = [row.number(key) for key in ("qty_canceled", "qty_refunded", "qty_shipped")]
    if quantity is None or all(number is None for number in told):
        return None
    cancelled, refunded, shipped = (number or Decimal(0) for number in told)
    return max(quantity - cancelled - max(refunded - shipped, Decimal(0)), Decimal(0))


def _is_shipped(row: Field) -> bool | None:
    virtual = row.within("is_virtual").value
    if virtual is None:
        return None
    return str(virtual).strip().lower() not in ("1", "true")
