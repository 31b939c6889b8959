"""How the standard rules are written."""

from collections.abc import Mapping

Rules = Mapping[tuple[str, str], str]


def rules(milestone: str, **roles: str) -> dict[tuple[str, str], str]:
    """The rules of one milestone: `leg="role"` for each of its legs."""
    return {(milestone, leg): role for leg, role in roles.items()}
