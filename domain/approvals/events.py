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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(Event):
    """One of several who are needed said yes; the request waits on, or has moved on."""

    type = "approval.given"
    aggregate = "approval_request"
    subject: str
    subject_id: int
    step: str
    given: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEscalated(Event):
    """A step waited too long: those of its escalation may decide too."""

    type = "approval.escalated"
    aggregate = "approval_request"
    subject: str
    subject_id: int
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicyActivated(Event):
    """A version of an approval policy takes effect, now or later."""

    type = "approval_policy.activated"
    aggregate = "approval_policy"
    subject: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicyRetired(Event):
    """A version of an approval policy is in effect no more."""

    type = "approval_policy.retired"
    aggregate = "approval_policy"
    subject: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsDelegated(Event):
    """Somebody lets another person decide for them."""

    type = "approval_delegation.made"
    aggregate = "approval_delegation"
    from_user_id: int
    to_user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDelegationEnded(Event):
    """A delegation was ended before its time."""

    type = "approval_delegation.ended"
    aggregate = "approval_delegation"
    from_user_id: int
    to_user_id: int
