"""Reports of payouts, as channels write them."""

import json
from collections.abc import Sequence
from typing import Any

V2 = (
    "settlement-id settlement-start-date settlement-end-date deposit-date total-amount currency "
    "transaction-type order-id merchant-order-id adjustment-id shipment-id marketplace-name "
    "amount-type amount-description amount fulfillment-id posted-date posted-date-time "
    "order-item-code merchant-order-item-id merchant-adjustment-item-id sku quantity-purchased "
    "promotion-id"
).split()
V1 = (
    "settlement-id settlement-start-date settlement-end-date deposit-date total-amount currency "
    "transaction-type order-id merchant-order-id adjustment-id shipment-id marketplace-name "
    "shipment-fee-type shipment-fee-amount order-fee-type order-fee-amount fulfillment-id "
    "posted-date order-item-code merchant-order-item-id merchant-adjustment-item-id sku "
    "quantity-purchased price-type price-amount item-related-fee-type item-related-fee-amount "
    "misc-fee-amount other-fee-amount other-fee-reason-description promotion-id promotion-type "
    "promotion-amount direct-payment-type direct-payment-amount other-amount"
).split()
Cells = dict[str, str]


def flat_file(columns: Sequence[str], rows: Sequence[Cells], **head: str) -> bytes:
    """A settlement report of Amazon: its first line has the totals, the others the amounts."""
    first = {
        "settlement-id": "7001",
        "settlement-start-date": "2026-01-01T00:00:00+00:00",
        "settlement-end-date": "2026-01-14T23:59:59+00:00",
        "deposit-date": "2026-01-16T00:00:00+00:00",
        "currency": "EUR",
    } | {name.replace("_", "-"): value for name, value in head.items()}
    own = {"settlement-id": first["settlement-id"], "posted-date": "2026-01-05"}
    lines = [first, *(own | row for row in rows)]
    text = ["\t".join(columns), *("\t".join(line.get(c, "") for c in columns) for line in lines)]
    return ("\n".join(text) + "\n").encode()


def amount(transaction: str, group: str, word: str, text: str, **more: str) -> Cells:
    """A line of a V2 report."""
    cells = {
        "transaction-type": transaction,
        "amount-type": group,
        "amount-description": word,
        "amount": text,
    }
    return cells | {name.replace("_", "-"): value for name, value in more.items()}


def payouts(*given: dict[str, Any]) -> bytes:
    """Shopify's list of payouts."""
    usual = {"status": "paid", "date": "2026-01-16", "currency": "EUR"}
    return json.dumps({"payouts": [usual | each for each in given]}).encode()


def transactions(*given: dict[str, Any]) -> bytes:
    """Shopify's list of balance transactions."""
    usual = {
        "type": "charge",
        "test": False,
        "payout_id": 501,
        "payout_status": "paid",
        "currency": "EUR",
        "fee": "0.00",
        "source_type": "charge",
        "source_order_id": None,
        "source_order_transaction_id": None,
        "processed_at": "2026-01-10T10:00:00+01:00",
    }
    rows = [usual | {"net": each["amount"]} | each for each in given]
    return json.dumps({"transactions": rows}).encode()
