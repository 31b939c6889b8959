"""What happened in trade between entities."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeAgreed(Event):
    """Two entities agreed on how they trade from a day on."""

    type = "intercompany.trade_agreed"
    aggregate = "trade_agreement"
    supplier_id: int
    buyer_id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnded(Event):
    """An agreement will not hold after a day."""

    type = "intercompany.agreement_ended"
    aggregate = "trade_agreement"
    ends_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeExpected(Event):
    """An order, or a transfer, will make one entity buy from another."""

    type = "intercompany.trade_expected"
    aggregate = "intercompany_trade"
    number: str
    supplier_id: int
    buyer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeBooked(Event):
    """A milestone of a trade is in both entities' books."""

    type = "intercompany.trade_booked"
    aggregate = "intercompany_trade"
    number: str
    kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtsSettled(Event):
    """Debts between entities were set off, or paid."""

    type = "intercompany.debts_settled"
    aggregate = "intercompany_settlement"
    number: str
    kind: str
    amount_minor: int
    currency: str
