"""What happened to returns."""

from dataclasses import dataclass
from typing import Any

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(Event):
    """Somebody wants to send goods back; the status says what the policy answered."""

    type = "returns.requested"
    aggregate = "return"
    number: str
    status: str
    party_id: int | None
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAuthorized(Event):
    """Goods may be sent to a location, until a day (ISO)."""

    type = "returns.authorized"
    aggregate = "return"
    number: str
    authorization: str
    location_id: int
    expires_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRefused(Event):
    """Nothing of a return may be sent."""

    type = "returns.refused"
    aggregate = "return"
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEnded(Event):
    """A return was cancelled or closed."""

    type = "returns.ended"
    aggregate = "return"
    number: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationExpired(Event):
    """What was allowed to come did not come in time."""

    type = "returns.authorization_expired"
    aggregate = "return"
    number: str
    authorization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(Event):
    """Goods of a return came to a location; they wait there, outside of stock."""

    type = "returns.received"
    aggregate = "return"
    number: str
    receipt_id: int
    receipt: str
    location_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspected(Event):
    """Goods of a return were looked at."""

    type = "returns.inspected"
    aggregate = "return"
    number: str
    unit_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDisposed(Event):
    """Something was done with goods of a return: into stock, or gone. `item_ids` names the item
    where it may be sold again."""

    type = "returns.disposed"
    aggregate = "return"
    number: str
    disposition_id: int
    kind: str
    item_id: int
    item_ids: tuple[int, ...]
    location_id: int
    quantity: str
    order_id: int | None
    order_line_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGranted(Event):
    """Money was granted for goods of one order: minor units of `currency`.

    `lines`: order_line_id, quantity, net_minor, tax_minor, fee_minor each. The total is net, tax
    and shipping less the fee."""

    type = "returns.credit_granted"
    aggregate = "return_credit"
    number: str
    return_id: int
    order_id: int
    entity_id: int
    party_id: int | None
    currency: str
    net_minor: int
    tax_minor: int
    shipping_minor: int
    fee_minor: int
    total_minor: int
    refunds: bool
    paid_by_channel: bool
    lines: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundGranted(Event):
    """A credit is to be paid out: `amount_minor` of `currency` at most."""

    type = "returns.refund_granted"
    aggregate = "return_credit"
    number: str
    return_id: int
    order_id: int
    entity_id: int
    party_id: int | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementDue(Event):
    """Other goods are to be sent for a return now: by workers, as an order of its own."""

    type = "returns.replacement_due"
    aggregate = "return_replacement"
    return_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementOrdered(Event):
    """Other goods were ordered for a return."""

    type = "returns.replacement_ordered"
    aggregate = "return_replacement"
    return_id: int
    kind: str
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPolicyActivated(Event):
    """Another version of the return policy is in effect, or none any more."""

    type = "returns.policy_changed"
    aggregate = "return_policy"
    version: int
