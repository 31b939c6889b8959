"""What happened to periods."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStatusChanged(Event):
    """A period was closed, softly or for good, or opened again."""

    type = "close.period_status_changed"
    aggregate = "fiscal_period"
    entity_id: int
    fiscal_year: int
    number: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSigned(Event):
    """Somebody stands for it that a check stays open."""

    type = "close.check_signed"
    aggregate = "fiscal_period"
    check_name: str
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningAsked(Event):
    """Somebody wants a closed period open again."""

    type = "close.reopening_asked"
    aggregate = "fiscal_period"
    reopening_id: int
