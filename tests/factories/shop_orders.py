"""Orders as Shopify writes them."""

import json
from typing import Any


def _line(number: int, sku: str, quantity: int, price: str, tax: str) -> dict[str, Any]:
    return {
        "id": number,
        "sku": sku,
        "name": sku,
        "quantity": quantity,
        "price": price,
        "tax_lines": [{"title": "Tax", "price": tax, "rate": 0.1}],
    }


def shop_order(
    order_id: int, day: str, *lines: tuple[str, int, str, str], shipping: str, **totals: str
) -> str:
    """An order in dollars that is paid: SKU, quantity, price and tax of each line, `day` as
    YYYY-MM-DD, and `subtotal_price`, `total_tax` and `total_price`."""
    order = {
        "id": order_id,
        "name": f"#{order_id}",
        "currency": "USD",
        "created_at": f"{day}T00:00:01Z",
        "updated_at": f"{day}T00:00:01Z",
        "financial_status": "paid",
        "taxes_included": False,
        "total_discounts": "0.00",
        "line_items": [_line(number, *line) for number, line in enumerate(lines, start=1)],
        "shipping_lines": [{"title": "Ground", "price": shipping}],
    }
    return json.dumps(order | totals)
