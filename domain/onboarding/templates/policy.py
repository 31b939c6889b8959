"""What each template makes. Pure: a template and its entities in, the pieces to make out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.kernel import text
from domain.kernel.errors import InvalidInput

WHOLESALE, DIRECT, MIXED, GROUP = (
    "wholesale",
    "direct_to_consumer",
    "mixed_with_3pl",
    "multi_entity_group",
)
TEMPLATES = (WHOLESALE, DIRECT, MIXED, GROUP)
MOST_ENTITIES = 10
LONGEST_CODE = 20
CALENDAR = "WORKDAYS"
_EDI = {"kind": "edi", "source": "x12", "price_source": "document"}
_PORTAL = {"kind": "portal", "source": "generic", "price_source": "price_list"}
_SHOP = {"kind": "storefront", "source": "shopify", "price_source": "document"}
_MARKET = {"kind": "marketplace", "source": "amazon", "price_source": "document"}
_CHANNELS: dict[str, tuple[tuple[str, str, dict[str, str]], ...]] = {
    WHOLESALE: (("portal", "customer portal", _PORTAL), ("edi", "wholesale by EDI", _EDI)),
    DIRECT: (
        ("portal", "orders by hand", _PORTAL),
        ("web", "web shop", _SHOP),
        ("market", "marketplace", _MARKET),
    ),
    MIXED: (
        ("portal", "customer portal", _PORTAL),
        ("edi", "wholesale by EDI", _EDI),
        ("web", "web shop", _SHOP),
    ),
    GROUP: (("portal", "customer portal", _PORTAL), ("edi", "wholesale by EDI", _EDI)),
}
_READS = ("entities.read", "catalog.read", "channels.read", "pricing.read", "orders.read")
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "order_desk": (
        "Takes, changes and holds orders",
        (
            *_READS,
            *("orders.place", "orders.amend", "orders.cancel", "orders.manage", "promise.read"),
            *("inventory.read", "allocation.read", "fulfilment.read"),
        ),
    ),
    "stock_controller": (
        "Keeps the stock right: counts, tolerances, corrections",
        (
            *_READS,
            *("inventory.read", "inventory.adjust", "inventory.count", "inventory.manage"),
            *("inventory.approve", "inventory.transfer"),
            *("approvals.read", "approvals.request", "approvals.decide"),
        ),
    ),
    "buyer": (
        "Announces supply that is to come",
        ("entities.read", "catalog.read", "inventory.read", "inventory.expect", "promise.read"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntity:
    """A legal entity that is to trade: codes of all that is made for it begin with `code`."""

    code: str
    name: str
    country: str
    currency: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to make: its kind, its code, what is said of it, and of which entity it is."""

    kind: str
    code: str
    fields: dict[str, Any] = field(default_factory=dict)
    entity: str | None = None


def pieces_of(template: str, entities: Sequence[WantedEntity]) -> list[Piece]:
    """What the template makes, in the order of making. Raises InvalidInput."""
    text.choice(template, TEMPLATES, path=("template",))
    least = 2 if template == GROUP else 1
    if not least <= len(entities) <= MOST_ENTITIES:
        message = f"This template takes {least} to {MOST_ENTITIES} entities at once."
        raise InvalidInput(message, path=("entities",))
    codes = [_code(entity, place) for place, entity in enumerate(entities)]
    if len(set(codes)) < len(codes):
        raise InvalidInput("Each entity needs a code of its own.", path=("entities",))
    pieces = [
        Piece("calendar", CALENDAR, {"name": "Monday to Friday", "working_days": "12345"}),
        *(Piece("role", name, {"description": ROLES[name][0]}) for name in ROLES),
    ]
    for code, entity in zip(codes, entities, strict=True):
        pieces += _of_entity(template, code, entity)
    return [*pieces, Piece("promise_rule", "STANDARD"), Piece("stock_tolerance", "STANDARD")]


def _of_entity(template: str, code: str, entity: WantedEntity) -> Iterator[Piece]:
    yield Piece(
        "legal_entity",
        code,
        {"name": entity.name, "country": entity.country, "currency": entity.currency},
        entity=code,
    )
    yield Piece("books", code, entity=code)
    for suffix, name, kind in _sites(template):
        yield Piece(
            "location",
            f"{code}-{suffix}",
            {
                "name": f"{entity.name}: {name}",
                "kind": kind,
                "time_zone": entity.time_zone,
                "country": entity.country,
            },
            entity=code,
        )
    for suffix, name, fields in _CHANNELS[template]:
        shown = {"name": f"{entity.name}: {name}", **fields}
        yield Piece("channel", f"{code}-{suffix}".lower(), shown, entity=code)
    listed = {"name": f"{entity.name}: list prices", "currency": entity.currency}
    yield Piece("price_list", f"{code}-LIST", listed, entity=code)
    yield Piece("allocation_policy", f"{code}-STANDARD", entity=code)


def _sites(template: str) -> Iterator[tuple[str, str, str]]:
    yield "MAIN", "main warehouse", "owned"
    if template == MIXED:
        yield "3PL", "third-party warehouse", "third_party"
    yield "TRANSIT", "goods in transit", "in_transit"


def _code(entity: WantedEntity, place: int) -> str:
    path = ("entities", place, "code")
    code = text.code(entity.code, path=path)
    if len(code) > LONGEST_CODE:
        raise InvalidInput(f"Must have at most {LONGEST_CODE} characters.", path=path)
    return code
