"""What the business expects to go wrong with the books."""

from domain.kernel.errors import Expected


class AlreadyPosted(Expected):
    """A milestone of a source is in the books already; nothing was posted.

    Fields: sources, the (milestone, source_kind, source_id) that were to be posted."""


class PostingRuleMissing(Expected):
    """No account is named for a leg. Fields: entity_id, milestone, leg."""


class ReversalRefused(Expected):
    """The journal may not be reversed by hand. Fields: number, reason."""


class ExchangeRateMissing(Expected):
    """No rate leads from one currency to the other on a day.

    Fields: from_currency, to_currency, on (date)."""


class PeriodClosed(Expected):
    """The books take nothing on that day any more. Fields: entity_id, on (date)."""


class PeriodOrder(Expected):
    """Periods close one after the other, and open again the last one first.

    Fields: entity_id, period_id (the one that stands in the way), fiscal_year, number."""


class BooksInUse(Expected):
    """Something is posted already, and this does not change any more. Fields: entity_id."""


class AccountInUse(Expected):
    """The account is one that rules post to. Fields: account_id, reason."""


class JournalUnbalanced(Expected):
    """Debits and credits differ. Fields: currency, difference_minor."""
