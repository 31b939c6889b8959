"""Opaque global ids: one string for any object of any kind, the same in the API and in webhooks."""

import base64


def global_id(kind: str, row_id: int) -> str:
    """The id of row `row_id` of the kind as the API names it (Order, LegalEntity)."""
    return base64.urlsafe_b64encode(f"{kind}:{row_id}".encode()).decode().rstrip("=")


def kind_named(name: str) -> str:
    """The kind of an aggregate or a column: legal_entity is LegalEntity."""
    return "".join(word.capitalize() for word in name.split("_"))


def aggregate_named(kind: str) -> str:
    """The aggregate of a kind: LegalEntity is legal_entity."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
