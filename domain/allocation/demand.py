"""What an order asks of the stock, and what is decided of it. Values; quantities in base units."""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, NamedTuple

from domain.allocation.shelf import ZERO, Take
from domain.allocation.strategy import Circumstances, Policy, Strategy
from domain.intercompany.policies.paths import Source
from domain.kernel.value_objects import value_object

NOBODY = Circumstances()
NOWHERE: frozenset[int] = frozenset()


@value_object()
class Site:
    """A location as an order sees it; without a rank a tenant's default does not use it.

    `distance_km` is the way to the customer, None when unknown; the costs are minor units."""

    location_id: int
    rank: int | None
    is_open: bool = True
    distance_km: int | None = None
    order_cost: int | None = None
    unit_cost: Decimal | None = None


@value_object()
class DemandLine:
    """A quantity of an item that one order line waits for.

    Lines of the same `kit` are given only together: `per_kit` of this one for each kit. `barred`
    are locations that rejected it; one that is `stopped` was rejected too often and waits."""

    item_id: int
    quantity: Decimal
    item_group: str | None = None
    kit: int | None = None
    per_kit: Decimal = Decimal(1)
    barred: frozenset[int] = NOWHERE
    stopped: bool = False

    def bars(self, location_id: int) -> bool:
        """Whether nothing may be taken for it there, whatever there is."""
        return self.stopped or location_id in self.barred


@value_object()
class Demand:
    """An order's wants, by which policy they are served, and what is known of the locations.

    `placed_at` is where parts of the order are already. `floors` is what an item has to keep at
    a location, by (item, location). Without a policy the ranks of the sites count. Who the
    customer is decides which protected pools it may use. `sources` are the other entities whose
    stock it may be served from, the best first."""

    entity_id: int
    lines: tuple[DemandLine, ...]
    sites: tuple[Site, ...]
    split_allowed: bool = True
    all_or_nothing: bool = False
    placed_at: frozenset[int] = frozenset()
    policy: Policy | None = None
    order: Circumstances = NOBODY
    floors: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)
    party_id: int | None = None
    sources: tuple[Source, ...] = ()
    # What counts without a policy, where it was worked out for other orders already.
    standard: Policy | None = field(default=None, compare=False, repr=False)


class Verdict(NamedTuple):
    """What became of one location for one line: what it had, what it gave, by which rule.

    `values` are its values under the criteria of the strategy, where one was asked."""

    location_id: int
    rank: int | None
    available: Decimal
    given: Decimal
    rule: str
    values: tuple[Any, ...] | None = None


class Bought(NamedTuple):
    """So much (base units) is another owner's, and comes under these agreements, the owner's own
    first."""

    owner_id: int
    quantity: Decimal
    agreement_ids: tuple[int, ...] = ()


@value_object()
class Reasons:
    """How it came about: which strategies gave, which were passed over for which condition, the
    criteria by which locations were put in order, the soft constraints that were dropped, and
    the item that was ordered where this one stands for it. `pools` are the protected pools that
    gave, `kept_by` those that kept stock from it, with the quantities (base units). `bought` is
    what other entities gave, by owner, and under which agreements it comes."""

    strategies: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    criteria: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    stands_for: int | None = None
    pools: tuple[tuple[int, Decimal], ...] = ()
    kept_by: tuple[tuple[int, Decimal], ...] = ()
    bought: tuple[Bought, ...] = ()


@value_object()
class LineDecision:
    """What one line gets, and why."""

    requested: Decimal
    takes: tuple[Take, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    reasons: Reasons | None = None

    @property
    def given(self) -> Decimal:
        """What it gets in all."""
        return sum((take.quantity for take in self.takes), ZERO)


@value_object()
class Substitute:
    """Another item that stands in for a part of a line: `replaces` base units of the line's."""

    position: int
    item_id: int
    replaces: Decimal
    decision: LineDecision


@value_object()
class Decision:
    """What one order gets. When it is refused, nothing is taken, and `short` is the position of
    the first line that fell short, with what was available for it.

    `waits_complete` is set when it ships complete and waits; `cancels_rest` when what is missing
    is not to wait."""

    lines: tuple[LineDecision, ...]
    short: tuple[int, Decimal] | None = None
    substitutes: tuple[Substitute, ...] = ()
    waits_complete: bool = False
    cancels_rest: bool = False


def policy_of(demand: Demand) -> Policy:
    """The demand's policy; without one, the standard."""
    return demand.policy or demand.standard or standard_policy(demand.sites)


def standard_policy(sites: tuple[Site, ...]) -> Policy:
    """What counts without a policy: all ranked sites by rank and then by availability."""
    ranks = {site.location_id: site.rank for site in sites if site.rank is not None}
    return Policy(strategies=(Strategy(code="STANDARD", ranks=ranks),))
