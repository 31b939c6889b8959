"""What the business expects to go wrong when a period is closed."""

from domain.kernel.errors import Expected


class CloseRefused(Expected):
    """Something is still open. Fields: period_id, open, the (check name, title, how many findings)
    of each check that is neither done nor signed for."""


class NotWaivable(Expected):
    """This has to be done; nobody can sign for it. Fields: check_name."""


class PeriodNotClosed(Expected):
    """The period is open already. Fields: period_id."""
