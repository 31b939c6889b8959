"""What the business expects to go wrong with the books."""

from domain.kernel.errors import Expected


class AlreadyPosted(Expected):
    """A milestone of a source is in the books already; nothing was posted.

    Fields: sources, the (milestone, source_kind, source_id) that were to be posted."""


class PostingRuleMissing(Expected):
    """No account is named for a leg. Fields: entity_id, milestone, leg."""


class ReversalRefused(Expected):
    """The journal may not be reversed by hand. Fields: number, reason."""
