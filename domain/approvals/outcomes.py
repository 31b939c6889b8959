"""What the business expects to be refused of approvals."""

from domain.kernel.errors import Expected


class OwnRequest(Expected):
    """Who asks does not decide. Fields: approval_request_id."""


class AwaitingApproval(Expected):
    """This waits for somebody's approval; until then nothing happens to it.

    Fields: approval_request_id, subject."""


class AlreadyDecided(Expected):
    """The caller has decided about this, or somebody did for them; nobody counts twice.

    Fields: approval_request_id."""


class NotApprover(Expected):
    """The step that the request waits in names others, and none of them lets the caller stand in.

    Fields: approval_request_id, step."""


class PolicyPeriodTaken(Expected):
    """Another version is in effect in that time. Fields: subject, version, effective_from,
    effective_to (moments as texts)."""


class StepWithoutApprovers(Expected):
    """Fewer people could say yes in a step than it needs. Fields: rule, step, needed, possible."""


class CannotStandIn(Expected):
    """This person may not decide about requests at all. Fields: user_id."""
