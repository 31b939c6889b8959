"""What a milestone means in the books, before it is written there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any


class Day(Enum):
    """What `posted_on` is, and so what becomes of it when the books are closed on that day.

    FALLS: the day on which it happened; it counts for the first open day after. GIVEN: a day that
    somebody chose; refused. CLOSING: the closing's own work; refused only once hard closed."""

    FALLS = "falls"
    GIVEN = "given"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """What a leg is reported by; None is not said."""

    channel_id: int | None = None
    location_id: int | None = None
    item_group: str | None = None
    party_id: int | None = None
    project: str | None = None

    def over(self, below: "Dimensions") -> "Dimensions":
        """These, and what they do not say as `below` says it."""
        if self == NONE:
            return below
        return replace(below, **self.stated())

    def stated(self) -> dict[str, Any]:
        """Those that are said, by name."""
        return {
            name: value
            for name in ("channel_id", "location_id", "item_group", "party_id", "project")
            if (value := getattr(self, name)) is not None
        }


NONE = Dimensions()


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: a debit is positive, in minor units.

    Its account is the posting rules' choice by `name`, unless `account_id` says it. Without
    `base_amount_minor` (the entity's own currency) the day's rate decides; an exchange difference
    has that alone. Dimensions and currency are the entry's where the leg has none."""

    name: str
    amount_minor: int
    dimensions: Dimensions | None = None
    base_amount_minor: int | None = None
    account_id: int | None = None
    currency: str | None = None

    @property
    def moves(self) -> bool:
        """Whether it moves money at all."""
        return self.amount_minor != 0 or bool(self.base_amount_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a milestone of one source means in one entity's books.

    `legs` are in minor units of `currency`, (name, amount) for short. `dimensions` are those of
    every leg that has none of its own, `country` (ISO) is where the goods go. `trace` leads back
    to what caused it: {"shipment_id", "order_id", "intake_message_id"} as far as they are."""

    entity_id: int
    milestone: str
    source_kind: str
    source_id: int
    currency: str
    legs: tuple[Leg | tuple[str, int], ...]
    posted_on: date
    description: str
    trace: Mapping[str, Any] = field(default_factory=dict)
    dimensions: Dimensions = NONE
    country: str | None = None
    day: Day = Day.FALLS
    reverses_id: int | None = None

    @property
    def moving_legs(self) -> tuple[Leg, ...]:
        """The legs that move money, each with its own currency and dimensions."""
        legs = (leg if isinstance(leg, Leg) else Leg(*leg) for leg in self.legs)
        return tuple(
            replace(
                leg,
                currency=leg.currency or self.currency,
                dimensions=(leg.dimensions or NONE).over(self.dimensions),
            )
            for leg in legs
            if leg.moves
        )
