"""How the domain says no."""

from typing import Any


class Refusal(Exception):
    """What the caller did wrong as a caller. The API turns it into a top-level error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPermitted(Refusal):
    """The principal lacks the permission that the operation asks for."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.")
        self.permission = permission


class NotFound(Refusal):
    """No such thing for this caller: absent, of another tenant, or out of a partner's scope.

    The three are told apart nowhere, so that existence does not leak."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"No such {kind}.")
        self.kind = kind


class InvalidInput(Refusal):
    """An argument that can never be right. `path` leads to it within the input."""

    def __init__(self, message: str, *, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class Conflict(Refusal):
    """The same idempotency key with another input, or a row changed since it was read."""


class Expected(Exception):
    """An outcome that the business expects. Operations define subclasses with fields;
    the API answers them as typed members of the payload."""

    message: str = "The operation was refused."
    path: tuple[str | int, ...] = ()

    def __init__(self, message: str, *, path: tuple[str | int, ...] = (), **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.fields = fields


class CodeTaken(Expected):
    """A record with this code exists already. Fields: kind, value."""


class InvalidState(Expected):
    """The object's state does not allow this now. Fields: state, allowed (list of actions)."""


class StaleVersion(Expected):
    """The object changed since it was read. Fields: expected, actual."""
