"""What the business expects to be refused of approvals."""

from domain.kernel.errors import Expected


class OwnRequest(Expected):
    """Who asks does not decide. Fields: approval_request_id."""


class AwaitingApproval(Expected):
    """This waits for somebody's approval; until then nothing happens to it.

    Fields: approval_request_id, subject."""
