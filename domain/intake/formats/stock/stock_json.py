"""Stock as JSON of those who sell and store for others: Shopify, Walmart, Amazon."""

from collections.abc import Iterator
from typing import Any

from domain.intake.document import Moment
from domain.intake.formats.moments import iso_moment
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.stock.report import StockReport, StockRow, by_location

Placed = tuple[str | None, StockRow]


def read_json(value: Any) -> list[StockReport]:
    """The reports of a JSON document that tells stock; none when it does not."""
    if not isinstance(value, dict):
        return []
    if levels := _shopify(value):
        told = [iso_moment(str(level.get("updated_at") or "")) for level in levels]
        rows = [row for n, level in enumerate(levels) if (row := _level(level, n)) is not None]
        return by_location("shopify.inventory_level", rows, as_of=_latest(told))
    if inventories := _within(value, "elements", "inventories"):
        return by_location("walmart.inventory", list(_walmart(inventories)))
    stored = value.get("inventory")
    if isinstance(stored, list) and any("totalOnhandQuantity" in _dict(each) for each in stored):
        return by_location("amazon.awd_inventory", list(_amazon(stored)))
    return []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _within(value: dict[str, Any], *names: str) -> list[Any]:
    found: Any = value
    for name in names:
        found = _dict(found).get(name)
    return found if isinstance(found, list) else []


def _latest(told: list[Moment | None]) -> Moment | None:
    """The moment that all rows speak of, or that of the last: later ones do not follow it."""
    known = [moment for moment in told if moment is not None]
    return max(known, key=str) if known else None


def _shopify(value: dict[str, Any]) -> list[dict[str, Any]]:
    levels = value.get("inventory_levels")
    one = value.get("inventory_level") or (value if "inventory_item_id" in value else None)
    each = levels if isinstance(levels, list) else [one]
    return [level for level in each if isinstance(level, dict) and "available" in level]


def _level(level: dict[str, Any], number: int) -> Placed | None:
    amount = exact_number(level.get("available"))
    item = level.get("inventory_item_id")
    if amount is None or item is None:
        return None
    row = StockRow(
        path=f"inventory_levels[{number}]",
        codes=(("channel", str(item)),),
        quantity=amount,
        is_available=True,
    )
    return str(level.get("location_id") or "") or None, row


def _walmart(inventories: list[Any]) -> Iterator[Placed]:
    for number, each in enumerate(inventories):
        sku = str(_dict(each).get("sku") or "")
        nodes = _dict(each).get("nodes")
        for place, node in enumerate(nodes if isinstance(nodes, list) else ()):
            told = _dict(_dict(node).get("availToSellQty"))
            amount = exact_number(told.get("amount"))
            if amount is None or not sku:
                continue
            yield (
                str(_dict(node).get("shipNode") or "") or None,
                StockRow(
                    path=f"elements.inventories[{number}].nodes[{place}]",
                    codes=(("channel", sku), ("sku", sku)),
                    quantity=amount,
                    is_available=True,
                    unit=str(told.get("unit") or "") or None,
                ),
            )


def _amazon(stored: list[Any]) -> Iterator[Placed]:
    for number, each in enumerate(stored):
        sku = str(_dict(each).get("sku") or "")
        amount = exact_number(_dict(each).get("totalOnhandQuantity"))
        if sku and amount is not None:
            path = f"inventory[{number}]"
            codes = (("channel", sku), ("sku", sku))
            yield None, StockRow(path=path, codes=codes, quantity=amount)
