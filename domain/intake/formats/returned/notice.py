"""What a document of a return or a refund says, in neutral words."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedRow:
    """What is told of goods: by the source's own line of the order (if it names one) and a code of
    the item. Money in major units, of the whole row; None where nothing is told of money.

    `comes_back`: the goods do, or did; else the customer keeps them. `was_cancelled`: they were
    never sent."""

    path: str
    quantity: Decimal
    line: str | None = None
    code: str | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    comes_back: bool = True
    was_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNotice:
    """A return of one order, or money that the source has paid back for it.

    `order_id` is the source's own id of the order, `shipping` what of its shipping charge was paid
    back, `other` what was paid back beside goods and shipping (None: money is not told of)."""

    format: str
    path: str
    external_id: str
    order_id: str | None
    currency: str | None = None
    rows: tuple[ReturnedRow, ...] = ()
    shipping: Decimal = Decimal(0)
    other: Decimal = Decimal(0)
    pays: bool = False
    reason: str | None = None
    reference: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    is_cancelled: bool = False
