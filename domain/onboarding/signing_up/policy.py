"""Which sign-ups are sound, and which names a tenant may get."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.onboarding.letters.policy import sound_address

VERIFIED_WITHIN = timedelta(hours=24)
LONGEST_SLUG = 40
RESERVED = frozenset({"admin", "api", "crossdock", "operator", "support", "system", "www"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSignUp:
    """A company that asks to come on, as it is kept."""

    email: str
    company: str
    wanted_slug: str
    display_name: str


def sound_sign_up(
    *, email: str, company: str, display_name: str | None, slug: str | None
) -> SoundSignUp:
    """The sign-up as it is kept. Raises InvalidInput."""
    name = text.name(company, path=("company",))
    wanted = slug_of(name) if slug is None else slug.strip().lower()
    if slug is not None and (not wanted or wanted != slug_of(wanted)):
        raise InvalidInput("Must be letters, digits and hyphens.", path=("slug",))
    address = sound_address(email)
    shown = text.optional(display_name, path=("display_name",))
    return SoundSignUp(
        email=address,
        company=name,
        wanted_slug=wanted,
        display_name=shown or address.partition("@")[0],
    )


def slug_of(company: str) -> str:
    """A slug made from a name: what is no letter or digit becomes a hyphen."""
    plain = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:LONGEST_SLUG].strip("-") or "company"


def slugs_to_try(wanted: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    """The slugs to try one after the other: the wanted one, then it with an ending. Nobody is
    told which of them another tenant has."""
    tried = tuple(f"{wanted[:LONGEST_SLUG]}-{ending}" for ending in endings)
    return tried if wanted in RESERVED else (wanted, *tried)
