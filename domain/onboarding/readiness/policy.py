"""The checklist: what is missing, why it matters, and the mutation that mends it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How many there are of what the checklist asks about."""

    legal_entities: int = 0
    shipping_locations: int = 0
    channels: int = 0
    channels_without_secret: int = 0
    channels_by_list: int = 0
    items: int = 0
    items_without_price: int = 0
    customers: int = 0
    prices: int = 0
    items_in_stock: int = 0
    active_policies: int = 0
    promise_rules: int = 0
    tolerances: int = 0
    administrators: int = 0
    shippers: int = 0
    open_exceptions: int = 0
    shipments: int = 0
    sandboxes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the checklist. `missing` counts what is not as it should be; 0 is done."""

    code: str
    title: str
    why: str
    mended_by: str
    is_blocking: bool
    missing: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing here."""
        return self.missing == 0


Missing = Callable[[Facts], int]


@dataclass(frozen=True, slots=True)
class _Line:
    code: str
    title: str
    why: str
    mended_by: str
    missing: Missing
    is_blocking: bool = True


def _one(name: str) -> Missing:
    return lambda facts: int(not getattr(facts, name))


_LINES = (
    _Line(
        "legal_entity",
        "A legal entity",
        "It owns the stock, sells it, and keeps the books.",
        "applyTemplate",
        _one("legal_entities"),
    ),
    _Line(
        "location",
        "A location that ships",
        "Orders are allocated to an owned or third-party location.",
        "createLocation",
        _one("shipping_locations"),
    ),
    _Line(
        "channel",
        "A channel",
        "Every order comes through one; it says which entity sells.",
        "createChannel",
        _one("channels"),
    ),
    _Line(
        "channel_secret",
        "A signing secret for every shop and marketplace",
        "Without it a shop's webhooks are refused: nobody could tell them from forged ones.",
        "setChannelSecret",
        lambda facts: facts.channels_without_secret,
        is_blocking=False,
    ),
    _Line(
        "item",
        "Items",
        "Orders name them, stock is counted in their base unit.",
        "importTable",
        _one("items"),
    ),
    _Line(
        "price",
        "Prices for channels that sell by price list",
        "An order through such a channel is refused for an item without a price.",
        "setPrices",
        lambda facts: int(bool(facts.channels_by_list) and not facts.prices),
    ),
    _Line(
        "priced_items",
        "A price for every item",
        "Items without one cannot be ordered through channels that sell by price list.",
        "setPrices",
        lambda facts: facts.items_without_price if facts.channels_by_list else 0,
        is_blocking=False,
    ),
    _Line(
        "customer",
        "Customers",
        "Wholesale and portal orders belong to one.",
        "createParty",
        _one("customers"),
        is_blocking=False,
    ),
    _Line(
        "opening_stock",
        "Opening stock",
        "Without stock every order waits. Receive it at cost, so that the books begin in step.",
        "receiveStock",
        _one("items_in_stock"),
    ),
    _Line(
        "allocation_policy",
        "An allocation policy in effect",
        "Without one any location serves any order, in the order in which they were made.",
        "activateAllocationPolicy",
        _one("active_policies"),
        is_blocking=False,
    ),
    _Line(
        "promise_rule",
        "Rules of promises",
        "They say how far ahead dates are promised, and on which supply they rest.",
        "setPromiseRule",
        _one("promise_rules"),
        is_blocking=False,
    ),
    _Line(
        "stock_tolerance",
        "A stock tolerance",
        "Without one every difference of a count needs somebody's yes.",
        "setStockTolerance",
        _one("tolerances"),
        is_blocking=False,
    ),
    _Line(
        "second_administrator",
        "A second administrator",
        "Who changes governed configuration needs somebody else to approve it.",
        "inviteUser",
        lambda facts: max(0, 2 - facts.administrators),
        is_blocking=False,
    ),
    _Line(
        "shipper",
        "Somebody who may pick, pack and ship",
        "Somebody has to do the work at the location.",
        "inviteUser",
        _one("shippers"),
    ),
    _Line(
        "exceptions",
        "No document waits for mending",
        "Orders in documents that could not be read are not booked yet.",
        "mapItemCode",
        lambda facts: facts.open_exceptions,
        is_blocking=False,
    ),
    _Line(
        "tour",
        "A sandbox, and an order taken through it",
        "It shows that what is set up ships, before a customer finds out that it does not.",
        "createSandbox",
        lambda facts: int(not facts.sandboxes and not facts.shipments),
        is_blocking=False,
    ),
)


def checklist(facts: Facts) -> list[Check]:
    """Every line, in the order in which they are best mended."""
    return [
        Check(
            code=line.code,
            title=line.title,
            why=line.why,
            mended_by=line.mended_by,
            is_blocking=line.is_blocking,
            missing=line.missing(facts),
        )
        for line in _LINES
    ]


def blocking(checks: Sequence[Check]) -> list[str]:
    """The codes of what must be mended before going live."""
    return [check.code for check in checks if check.is_blocking and not check.is_done]
