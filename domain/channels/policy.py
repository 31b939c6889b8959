"""Which channels are sound."""

from typing import Any, TypedDict

from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput

KINDS = ("storefront", "marketplace", "edi", "portal")
SOURCES = ("shopify", "woocommerce", "amazon", "x12", "generic")
UNKNOWN_RULES = ("exception", "create_draft")
PRICE_SOURCES = ("document", "price_list")
STATUSES = ("active", "closed")
CHOICES = {
    "kind": KINDS,
    "source": SOURCES,
    "on_unknown_item": UNKNOWN_RULES,
    "on_unknown_party": UNKNOWN_RULES,
    "price_source": PRICE_SOURCES,
    "status": STATUSES,
}
SECRET_LENGTHS = (16, 1024)


class ChannelFields(TypedDict, total=False):
    """What can be said of a channel; what is missing is left as it was."""

    code: str
    name: str
    kind: str
    source: str
    entity_id: int
    currency: str
    default_party_id: int | None
    on_unknown_item: str
    on_unknown_party: str
    price_source: str
    split_allowed: bool
    status: str


def sound_channel(fields: ChannelFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=("default_party_id",))
    sound: dict[str, Any] = dict(fields)
    if "code" in fields:
        sound["code"] = text.code(fields["code"])
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "currency" in fields:
        iso.currency(fields["currency"])
    for name, allowed in CHOICES.items():
        if name in sound:
            text.choice(sound[name], allowed, path=(name,))
    return sound


def sound_secret(secret: str) -> str:
    """The secret as it is stored, unchanged. Raises InvalidInput, which never repeats it."""
    shortest, longest = SECRET_LENGTHS
    if not shortest <= len(secret) <= longest:
        message = f"A signing secret has {shortest} to {longest} characters."
        raise InvalidInput(message, path=("secret",))
    if not secret.isascii() or not secret.isprintable():
        message = "A signing secret is printable ASCII."
        raise InvalidInput(message, path=("secret",))
    return secret
