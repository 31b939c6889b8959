"""What happened to a request for approval."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(Event):
    """Somebody asked for approval."""

    type = "approval.requested"
    aggregate = "approval_request"
    subject: str
    subject_id: int
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Event):
    """Somebody approved or rejected."""

    type = "approval.decided"
    aggregate = "approval_request"
    subject: str
    subject_id: int
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(Event):
    """Who asked wants it no more."""

    type = "approval.withdrawn"
    aggregate = "approval_request"
    subject: str
    subject_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExpired(Event):
    """Nobody decided in time."""

    type = "approval.expired"
    aggregate = "approval_request"
    subject: str
    subject_id: int
