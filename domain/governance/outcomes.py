"""What the business expects to be refused of changes of configuration and of custom fields."""

from domain.kernel.errors import Expected


class ChangeStale(Expected):
    """What it would change has changed since it was drafted; draft it anew.

    Fields: change_request_id, place (the first that moved)."""


class NothingChanges(Expected):
    """What is proposed stands already."""


class NoSuchVersion(Expected):
    """The object has no such version that it could go back to. Fields: version, latest."""


class NotReversible(Expected):
    """Before that version the object did not exist, and what was made is not unmade."""


class FieldFixed(Expected):
    """What a custom field is of, its code and its type stay; make another one. Fields: field."""


class FieldRefused(Expected):
    """A value that the custom field does not take. Fields: field (its code), rule."""


class OwnerCannotDecide(Expected):
    """Who owns a process is asked to approve, and this user may not. Fields: user_id, missing."""
