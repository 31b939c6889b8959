"""Tables: which are orders of a source that is known, which are exports of something else."""

from domain.intake.document import ParsedOrder, Problem, Reading
from domain.intake.formats.exported import amazon, api_tables, shopify
from domain.intake.formats.exported.table import Table, table_of
from domain.intake.formats.recognition import Received, not_an_order, orders_reading

_JAPAN = b"Amazon.co.jp"


def read(received: Received) -> Reading | None:
    """The reading of a table of orders; None for what is none, or no table."""
    if received.text is None or received.is_json:
        return None
    table = table_of(received.text)
    if table is None:
        return None
    problems: list[Problem] = []
    if table.has(*shopify.MARKS):
        orders = shopify.orders(table, problems)
        return _of(shopify.FORMAT, "an orders export of Shopify", orders, problems)
    if table.has(*amazon.UNSHIPPED) or table.has(*amazon.ALL_ORDERS):
        table = _in_japanese(received, table)
        orders = amazon.orders(table, problems)
        return _of(amazon.FORMAT, "an order report of Amazon", orders, problems)
    half = api_tables.half_of(table)
    if half is None:
        return None
    orders = api_tables.orders(half, table, problems)
    return _of(half.format, "a table of orders", orders, problems)


def _of(format: str, what: str, orders: list[ParsedOrder], problems: list[Problem]) -> Reading:
    if not orders and not problems:
        return not_an_order(format, f"{what} without any order")
    return orders_reading(format, orders, problems)


def _in_japanese(received: Received, table: Table) -> Table:
    """The table as text of Japan, where the bytes are not of Unicode and the shop is there."""
    if _JAPAN not in received.raw:
        return table
    try:
        received.raw.decode("utf-8")
    except UnicodeDecodeError:
        return table_of(received.raw.decode("cp932", errors="replace")) or table
    return table
