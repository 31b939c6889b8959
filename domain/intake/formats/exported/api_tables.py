"""Orders of an API as a database keeps them: one table of orders, and one of their lines.

Each is half of its orders, which are read as the API's own documents are; whoever holds both halves
joins them by the order's id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.intake.document import ParsedOrder, Problem
from domain.intake.formats.amazon import order as amazon
from domain.intake.formats.exported.table import Table
from domain.intake.formats.json_fields import Field
from domain.intake.formats.settled.locale_values import amount_in
from domain.intake.formats.shopify import order as shopify

SHOPIFY_ORDERS, SHOPIFY_LINES = "shopify.order_table", "shopify.order_line_table"
AMAZON_ORDERS, AMAZON_LINES = amazon.FORMAT, amazon.ITEMS_FORMAT
_MONEY = ("price", "amount", "tax", "discount", "discounts")
_ADDRESSES = {"shipping_address_": "shipping_address", "billing_address_": "billing_address"}


@dataclass(frozen=True, slots=True)
class Half:
    """One kind of table: how it is known, the column of the order's id, and how it is read."""

    format: str
    columns: tuple[str, ...]
    key: str
    read: Callable[[str, Sequence[tuple[int, Mapping[str, str]]]], ParsedOrder]


def half_of(table: Table) -> Half | None:
    """Which half of orders a table has; None if it is no such table."""
    return next((half for half in HALVES if table.has(*half.columns)), None)


def orders(half: Half, table: Table, problems: list[Problem]) -> list[ParsedOrder]:
    """The halves of orders in a table, each with the problem that the other half is not there."""
    grouped: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for line, cells in table.rows(problems):
        grouped.setdefault(cells.get(half.key, "").strip(), []).append((line, cells))
    return [half.read(key, rows) for key, rows in grouped.items()]


def _shopify_order(key: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> ParsedOrder:
    line, cells = rows[0]
    read = shopify.parse_order(Field({**_shopify_cells(cells), "id": key}, f"line {line}", []))
    own = [p for p in read.problems if p.code != "lines_missing"]
    lacking = Field(None, f"line {line}", own)
    lacking.complain(
        "items_missing", "is without its lines", "Send the table of the orders' lines too."
    )
    return replace(read, format=SHOPIFY_ORDERS, problems=tuple(own))


def _shopify_lines(key: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> ParsedOrder:
    document: dict[str, Any] = {"id": key, "line_items": [_plain(cells) for _, cells in rows]}
    read = shopify.parse_order(Field(document, "", []))
    found = _at_their_lines(read, "line_items", rows)
    own = list(found.problems)
    lacking = Field(None, f"line {rows[0][0]}", own)
    lacking.complain("order_missing", "is without its order", "Send the table of orders too.")
    return replace(
        found,
        format=SHOPIFY_LINES,
        path=f"line {rows[0][0]}",
        external_number=None,
        problems=tuple(own),
    )


def _amazon_order(key: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> ParsedOrder:
    line, cells = rows[0]
    plain = _plain(cells)
    document: dict[str, Any] = {name: plain.get(column) for column, name in _AMAZON.items()}
    document["AmazonOrderId"] = key
    document["OrderTotal"] = _amount(plain, "order_total")
    document["BuyerInfo"] = {
        "BuyerEmail": plain.get("buyer_info_buyer_email"),
        "PurchaseOrderNumber": plain.get("buyer_info_purchase_order_number"),
    }
    document["ShippingAddress"] = {
        name: plain.get(f"shipping_address_{column}") for column, name in _ADDRESS.items()
    }
    return amazon.parse_order(Field(document, f"line {line}", []), None)


def _amazon_lines(key: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> ParsedOrder:
    items = [_amazon_item(_plain(cells)) for _, cells in rows]
    document: dict[str, Any] = {"AmazonOrderId": key, "OrderItems": items}
    read = amazon.parse_items(Field(document, "", []))
    return replace(_at_their_lines(read, "OrderItems", rows), path=f"line {rows[0][0]}")


def _amazon_item(plain: Mapping[str, Any]) -> dict[str, Any]:
    item = {name: plain.get(column) for column, name in _ITEM.items()}
    return {**item, **{name: _amount(plain, column) for column, name in _ITEM_AMOUNTS.items()}}


def _amount(plain: Mapping[str, Any], column: str) -> dict[str, Any] | None:
    amount = plain.get(f"{column}_amount")
    currency = plain.get(f"{column}_currency_code") or plain.get(f"{column}_currencycode")
    return None if amount is None else {"Amount": amount, "CurrencyCode": currency}


def _shopify_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells as the API nests them: `shipping_address_city` is the city of an address."""
    document: dict[str, Any] = {}
    for name, value in _plain(cells).items():
        prefix = next((each for each in _ADDRESSES if name.startswith(each)), None)
        if prefix is None:
            document[name] = value
            continue
        own = name.removeprefix(prefix).replace("address_", "address")
        document.setdefault(_ADDRESSES[prefix], {})[own] = value
    return document


def _plain(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells, without what is JSON of its own; amounts as exact numbers."""
    found: dict[str, Any] = {}
    for name, value in cells.items():
        if value[:1] in ("{", "["):
            continue
        is_money = name.split("_")[-1] in _MONEY
        number = amount_in(value, "EUR") if is_money else None
        found[name] = value if number is None else number
    return found


def _at_their_lines(
    read: ParsedOrder, listing: str, rows: Sequence[tuple[int, Mapping[str, str]]]
) -> ParsedOrder:
    """The order with the lines of the document in the places of its rows in the JSON."""
    places = {f"{listing}[{index}]": f"line {line}" for index, (line, _) in enumerate(rows)}

    def placed(path: str) -> str:
        head, mark, rest = path.partition("]")
        return places.get(head + mark, head + mark) + rest

    lines = tuple(replace(line, path=placed(line.path)) for line in read.lines)
    problems = tuple(replace(p, path=placed(p.path)) for p in read.problems)
    return replace(read, lines=lines, problems=problems)


_AMAZON = {
    "purchase_date": "PurchaseDate",
    "last_update_date": "LastUpdateDate",
    "order_status": "OrderStatus",
    "fulfillment_channel": "FulfillmentChannel",
    "sales_channel": "SalesChannel",
    "marketplace_id": "MarketplaceId",
    "order_type": "OrderType",
    "ship_service_level": "ShipServiceLevel",
    "shipment_service_level_category": "ShipmentServiceLevelCategory",
    "seller_order_id": "SellerOrderId",
    "latest_ship_date": "LatestShipDate",
    "latest_delivery_date": "LatestDeliveryDate",
}
_ADDRESS = {
    "name": "Name",
    "address_line_1": "AddressLine1",
    "address_line_2": "AddressLine2",
    "address_line_3": "AddressLine3",
    "city": "City",
    "state_or_region": "StateOrRegion",
    "postal_code": "PostalCode",
    "country_code": "CountryCode",
    "phone": "Phone",
}
_ITEM = {
    "order_item_id": "OrderItemId",
    "seller_sku": "SellerSKU",
    "asin": "ASIN",
    "title": "Title",
    "quantity_ordered": "QuantityOrdered",
    "quantity_shipped": "QuantityShipped",
    "condition_id": "ConditionId",
    "is_gift": "IsGift",
    "scheduled_delivery_end_date": "ScheduledDeliveryEndDate",
}
_ITEM_AMOUNTS = {
    "item_price": "ItemPrice",
    "item_tax": "ItemTax",
    "shipping_price": "ShippingPrice",
    "shipping_tax": "ShippingTax",
    "promotion_discount": "PromotionDiscount",
}
HALVES = (
    Half(
        SHOPIFY_ORDERS,
        ("id", "name", "financial_status", "total_price", "currency"),
        "id",
        _shopify_order,
    ),
    Half(
        SHOPIFY_LINES,
        ("order_id", "id", "quantity", "price", "sku", "variant_id"),
        "order_id",
        _shopify_lines,
    ),
    Half(
        AMAZON_ORDERS,
        ("amazon_order_id", "order_status", "purchase_date"),
        "amazon_order_id",
        _amazon_order,
    ),
    Half(
        AMAZON_LINES,
        ("amazon_order_id", "order_item_id", "quantity_ordered"),
        "amazon_order_id",
        _amazon_lines,
    ),
)
