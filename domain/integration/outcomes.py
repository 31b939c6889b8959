"""What may come of subscribing, as the business expects it."""

from domain.kernel.errors import Expected


class WebhookQueryRefused(Expected):
    """A query that is to choose a payload cannot be executed for the subscriber.

    Fields: faults, a list of {message, line, column}; line and column count from 1 and are None
    where a fault is of the whole."""
