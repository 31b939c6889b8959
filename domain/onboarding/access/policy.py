"""Which users, roles and issuers are sound, and who may grant what."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.onboarding.access.outcomes import TooMuchForPartner

STATUSES = ("active", "suspended")
LONGEST_ADDRESS = 500
MOST_ROLES = 50
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")

# Roles as a kind of configuration that may be governed.
ROLE = "role"


class UserFields(TypedDict, total=False):
    """What can be changed of a user; what is missing is left as it was."""

    display_name: str
    email: str | None
    status: str
    role_ids: Collection[int]
    party_id: int | None
    location_id: int | None


def sound_user(fields: UserFields) -> dict[str, Any]:
    """The columns of the user among the fields, as they are stored. Raises InvalidInput."""
    sound: dict[str, Any] = {name: value for name, value in fields.items() if name != "role_ids"}
    if "display_name" in fields:
        if fields["display_name"] is None:
            raise InvalidInput("Cannot be taken away.", path=("display_name",))
        sound["display_name"] = text.name(fields["display_name"], path=("display_name",))
    if "email" in fields:
        sound["email"] = text.optional(fields["email"], path=("email",))
    if "status" in fields:
        text.choice(fields["status"], STATUSES, path=("status",))
    if len(fields.get("role_ids", ())) > MOST_ROLES:
        raise InvalidInput(f"A user has at most {MOST_ROLES} roles.", path=("role_ids",))
    return sound


def require_one_scope(*, party_id: int | None, location_id: int | None) -> None:
    """Raise InvalidInput for a partner that would be a party and a warehouse at once."""
    if party_id is not None and location_id is not None:
        message = "A partner is a party or a third-party location, not both."
        raise InvalidInput(message, path=("location_id",))


def sound_permissions(wanted: Iterable[str], *, known: Collection[str]) -> frozenset[str]:
    """The permissions, each of which must be known. Raises InvalidInput at the first other."""
    listed = list(wanted)
    for place, permission in enumerate(listed):
        if permission not in known:
            raise InvalidInput("There is no such permission.", path=("permissions", place))
    return frozenset(listed)


def require_within(permissions: Collection[str], *, most: Collection[str]) -> None:
    """Raise TooMuchForPartner when `permissions` go beyond the `most` that a partner may hold."""
    beyond = sorted(set(permissions) - set(most))
    if beyond:
        raise TooMuchForPartner(
            f"A partner may not have {', '.join(beyond)}. Choose a role without.",
            path=("role_ids",),
            permissions=beyond,
        )


def sound_issuer(fields: Mapping[str, str]) -> dict[str, str]:
    """An outside issuer as it is stored; the key set's address is checked elsewhere.
    Raises InvalidInput."""
    issuer = fields["issuer"]
    if not issuer.startswith("https://") or not _is_plain(issuer):
        # Compared with the token letter by letter, so it is not trimmed or folded.
        raise InvalidInput("Must be the issuer's https:// address.", path=("issuer",))
    if not _CLAIM.fullmatch(fields["username_claim"]):
        raise InvalidInput("Must be the name of a claim.", path=("username_claim",))
    if not _is_plain(fields["jwks_uri"]):
        raise InvalidInput("Must be an https:// address.", path=("jwks_uri",))
    audience = text.name(fields["audience"], path=("audience",))
    return {**fields, "audience": audience}


def _is_plain(address: str) -> bool:
    return len(address) <= LONGEST_ADDRESS and all("!" <= character <= "~" for character in address)
