"""The form of names by which people and tenants are addressed."""

import re

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def normal_username(text: str) -> str | None:
    """The username as it is kept (lower case), or None when it cannot be one."""
    lowered = text.strip().lower()
    return lowered if _USERNAME.fullmatch(lowered) else None


def normal_slug(text: str) -> str | None:
    """The tenant's slug as it is kept (lower case), or None when it cannot be one."""
    lowered = text.strip().lower()
    return lowered if _SLUG.fullmatch(lowered) else None
