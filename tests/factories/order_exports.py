"""Exports of orders as tables: Shopify's, and Amazon's reports."""

import csv
from io import StringIO

SHOPIFY = {
    "Name": "#1001",
    "Email": "kim@example.com",
    "Financial Status": "paid",
    "Paid at": "2026-03-01 10:01:00 +0100",
    "Fulfillment Status": "unfulfilled",
    "Fulfilled at": "",
    "Currency": "EUR",
    "Subtotal": "45.00",
    "Shipping": "5.00",
    "Taxes": "7.98",
    "Total": "50.00",
    "Discount Code": "SAVE",
    "Discount Amount": "5.00",
    "Created at": "2026-03-01 10:00:00 +0100",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug, large",
    "Lineitem price": "20.00",
    "Lineitem sku": "MUG-L",
    "Lineitem requires shipping": "true",
    "Shipping Name": "Kim Muster",
    "Shipping Address1": "Kai 1",
    "Shipping City": "Bremen",
    "Shipping Zip": "'28195",
    "Shipping Country": "DE",
    "Notes": "",
    "Cancelled at": "",
    "Id": "5551",
}
_OF_A_LINE = ("Name", "Email")
AMAZON = {
    "amazon-order-id": "303-1",
    "merchant-order-id": "303-1",
    "purchase-date": "2026-03-01T10:00:00+00:00",
    "last-updated-date": "2026-03-01T11:00:00+00:00",
    "order-status": "Shipped - Delivered to Buyer",
    "fulfillment-channel": "Merchant",
    "sales-channel": "Amazon.de",
    "product-name": 'Disk 12" x',
    "sku": "A-1",
    "asin": "B000000001",
    "item-status": "Shipped",
    "quantity": "2",
    "currency": "EUR",
    "item-price": "39.98",
    "item-tax": "6.38",
    "shipping-price": "4.99",
    "shipping-tax": "0.80",
    "item-promotion-discount": "2.00",
    "ship-promotion-discount": "4.99",
    "ship-city": "Kiel",
    "ship-country": "DE",
}
UNSHIPPED = {
    "order-id": "303-1",
    "order-item-id": "111",
    "purchase-date": "2026-03-01T10:00:00+00:00",
    "payments-date": "2026-03-01T10:05:00+00:00",
    "promise-date": "2026-03-03T10:00:00+00:00",
    "buyer-email": "kim@example.com",
    "sku": "A-1",
    "product-name": "Disk",
    "quantity-purchased": "2",
    "quantity-shipped": "0",
    "currency": "EUR",
    "item-price": "39.98",
    "recipient-name": "Kim Muster",
    "ship-address-1": "Kai 1",
    "ship-city": "Kiel",
    "ship-country": "DE",
}


def shopify_export(*rows: dict[str, str], mark: str = ",") -> str:
    """An export of Shopify's admin; each row changes the usual one (names in small letters).

    The first row of an order tells all of it, the others their line only."""
    seen: set[str] = set()
    made = []
    for row in rows:
        whole = {name: row.get(name.lower(), told) for name, told in SHOPIFY.items()}
        if whole["Name"] in seen and "total" not in row:
            named = {name.lower(): name for name in SHOPIFY}
            told = {named[name]: value for name, value in row.items()}
            whole = {name: told.get(name, "") for name in SHOPIFY}
            whole |= {name: SHOPIFY[name] for name in _OF_A_LINE}
        seen.add(whole["Name"])
        made.append(whole)
    return _table(made, mark)


def amazon_report(*rows: dict[str, str], unshipped: bool = False) -> str:
    """A report of all orders, or of those that are not shipped; each row changes the usual one."""
    usual = UNSHIPPED if unshipped else AMAZON
    lines = ["\t".join(usual)]
    lines += ["\t".join({**usual, **row}.values()) for row in rows]
    return "\n".join(lines) + "\n"


def _table(rows: list[dict[str, str]], mark: str) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=mark, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
