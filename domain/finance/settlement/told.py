"""What a channel's document says of its payouts, in neutral words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

SALE, REFUND, CHARGEBACK = "sale", "refund", "chargeback"
RESERVE, RETRIED, TRANSFER = "reserve", "retried", "transfer"
ADJUSTMENT, UNKNOWN = "adjustment", "unknown"
# What a channel charges for, or gives: each is posted by a rule of its own.
FEES = (
    "channel_fee",
    "payment_fee",
    "fulfilment_fee",
    "shipping_fee",
    "storage_fee",
    "advertising_fee",
    "subscription_fee",
)
TAX_WITHHELD, REIMBURSEMENT = "tax_withheld", "reimbursement"
# What is set against what customers paid, or waits until somebody says what it is.
IN_CLEARING = (SALE, REFUND, CHARGEBACK, ADJUSTMENT, UNKNOWN)
WITHHELD = (RESERVE, RETRIED)
KINDS = (*IN_CLEARING, *WITHHELD, *FEES, TAX_WITHHELD, REIMBURSEMENT, TRANSFER)

State = Literal["announced", "paid", "failed"]
ANNOUNCED: State = "announced"
PAID: State = "paid"
FAILED: State = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPayout:
    """A payout: its total in major units, None where the document tells none.

    `is_whole`: all its lines are in this document, and what it said before is replaced; else more
    lines may come in others. `state` None: it is not told (the document has its lines alone)."""

    external_id: str
    currency: str
    total: Decimal | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    deposited_on: date | None = None
    state: State | None = PAID
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """One amount of a payout, in major units: positive is for us. `word` is what the channel calls
    it, `kind` one of KINDS. `external_id` is the channel's own id of it, where it has one."""

    payout: str
    kind: str
    word: str
    amount: Decimal
    posted_on: date | None = None
    external_id: str | None = None
    order_reference: str | None = None
    merchant_reference: str | None = None
    adjustment_reference: str | None = None
    shipment_reference: str | None = None
    sku: str | None = None
    quantity: Decimal | None = None

    @property
    def counts(self) -> bool:
        """Whether it is part of the payout's total: the transfer itself is not."""
        return self.kind != TRANSFER
