"""A book of costs: the locked costs of some items, and what happens to them in one transaction.

It is opened with one statement and written with one, whatever happens between."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select, tuple_

from domain.inventory.models import CostIssue
from domain.inventory.outcomes import CostNotBooked
from domain.inventory.policies.cost_pools import Covered, Gone, NotOwned, Uncovered
from domain.inventory.policy import ZERO, Cost
from domain.inventory.valuation.kinds import (
    INVENTORY,
    RECEIVED,
    VARIANCE,
    Corrected,
    CostAdded,
    CostOf,
    Entered,
    Key,
    Legs,
    Source,
)
from domain.inventory.valuation.records import (
    Record,
    content,
    issue_change,
    new_layer,
    taking,
)
from domain.inventory.valuation.statements import OPEN, WRITE
from domain.inventory.valuation.states import State, costs_of, states_of
from domain.kernel import json
from domain.kernel.quantity import plain
from domain.kernel.work import Work


async def open_costs(
    work: Work, keys: Collection[Key] = (), *, taking: Sequence[CostOf] = ()
) -> "CostBook":
    """Lock the costs of (owner id, item id) and of what is to be taken, in that order, and open a
    book of them. Costs of `keys` that are not there yet are made. Of what is only taken, no more
    layers are read than that needs."""
    needs: dict[Key, Decimal | None] = dict.fromkeys(keys)
    for each in taking:
        need = needs.get(each.key, ZERO)
        needs[each.key] = None if need is None or each.of else need + each.quantity
    ordered = sorted(needs)
    given = {
        "owners": [owner_id for owner_id, _ in ordered],
        "items": [item_id for _, item_id in ordered],
        "needs": [needs[key] for key in ordered],
        "makes": bool(keys),
    }
    states: dict[Key, State] = {}
    if ordered:
        async with work.house():
            rows = await work.rows(
                OPEN, given | {"tenant": work.tenant_id, "today": work.now.date()}
            )
            states = states_of(rows)
            book = CostBook(work, states)
            await book.read_uncovered()
            return book
    return CostBook(work, states)


class CostBook:
    """What happens to locked costs; nothing is in the database before `write`.

    Layers and issues that are yet to be written have keys below zero."""

    def __init__(self, work: Work, states: dict[Key, State]) -> None:
        self.work = work
        self.states = states
        self.layers: list[Record] = []
        self.issues: list[Record] = []
        self.takings: list[Record] = []
        self.changed_issues: dict[int, Record] = {}
        self.changes: list[Record] = []
        # What is valued anew: layers that cost something else, issues that take something else.
        self.recosted: dict[int, int] = {}
        self.retaken: list[int] = []
        # What takings of before a method bear besides.
        self.borne: list[Record] = []
        # What is left to be priced of pending layers.
        self.priced: dict[int, Decimal] = {}
        # What was bought of consigned goods by taking them, by owner and leg.
        self.bought: dict[int, Counter[str]] = defaultdict(Counter)
        # What had left at the last cost, and costs something else now that it is known.
        self.corrected: list[Corrected] = []
        self._owed: dict[int, Record] = {}

    @property
    def costs(self) -> dict[Key, Cost]:
        """What is owned of each, and what that is worth by now."""
        return costs_of(self.states)

    async def read_uncovered(self) -> None:
        """Read what left before its cost was known, where anything did."""
        owing = [key for key, state in self.states.items() if state.pool.quantity < 0]
        if not owing:
            return
        columns = (
            *("id", "owner_id", "item_id", "source_kind", "source_id"),
            *("contra", "cost_minor", "uncovered"),
        )
        rows = await self.work.rows(
            select(*(getattr(CostIssue, name) for name in columns), CostIssue.uncovered_minor)
            .where(
                CostIssue.tenant_id == self.work.tenant_id,
                tuple_(CostIssue.owner_id, CostIssue.item_id).in_(owing),
                CostIssue.uncovered > 0,
            )
            .order_by(CostIssue.valued_on, CostIssue.position)
        )
        for row in rows:
            pool = self.states[row.owner_id, row.item_id].pool
            pool.uncovered.append(Uncovered(row.id, row.uncovered, row.uncovered_minor))
            self._owed[row.id] = row._asdict()

    def worth(self, key: Key, quantity: Decimal) -> int:
        """What a quantity would be worth: at the standard, the average, or the last cost."""
        return self.states[key].worth(quantity)

    def take(self, taken: CostOf) -> int:
        """Goods leave; what they cost, in minor units. Consigned goods are bought by it.

        Raises CostNotBooked when only goods are left whose cost is not known, ValueError when
        there is less: move the stock first, that refuses it properly."""
        state = self.states.get(taken.key)
        if state is None:
            if taken.quantity:
                raise ValueError(f"cannot take {plain(taken.quantity)} of nothing")
            return 0
        if not taken.quantity:
            return 0
        self._buy(state, taken.quantity)
        gone = self._gone(state, taken)
        position = state.next_position()
        number = -len(self.issues) - 1
        self.issues.append(
            {
                "owner_id": taken.owner_id,
                "item_id": taken.item_id,
                "position": position,
                "valued_on": state.day(self.work.now.date()),
                "quantity": taken.quantity,
                "value_minor": gone.value,
                "uncovered": gone.uncovered,
                "uncovered_minor": gone.uncovered_value,
                "of_kind": None if taken.of is None else taken.of.kind,
                "of_id": None if taken.of is None else taken.of.id,
            }
        )
        self.takings += [taking(number, part) for part in gone.parts]
        return gone.value

    def _gone(self, state: State, taken: CostOf) -> Gone:
        of = taken.of
        prefer = None if of is None else (lambda key: state.sources.get(key) == of)
        try:
            return state.pool.take(taken.quantity, prefer)
        except NotOwned as lacking:
            if lacking.args[0] <= state.pending + min(state.pool.quantity, ZERO):
                raise CostNotBooked(
                    "What these goods cost is not booked yet.", item_id=taken.item_id
                ) from None
            owned = max(state.pool.quantity, ZERO)
            raise ValueError(f"cannot take {plain(taken.quantity)} of {plain(owned)}") from None

    def add(self, added: CostAdded, *, layer: Record | None = None) -> Entered:
        """Goods come in: what had left before its cost was known is covered first."""
        state = self.states[added.key]
        value = state.entering(added.quantity, added.value_minor)
        number = -len(self.layers) - 1
        before = state.pool.value
        covered = state.pool.add(number, added.quantity, value)
        today = self.work.now.date()
        day = state.day(today) if added.received_on is None else added.received_on
        position = state.next_position()
        self.layers.append(
            new_layer(state, added.quantity, day, position)
            | {
                "value_minor": value,
                "cost_minor": added.value_minor,
                "profit_minor": added.profit_minor,
                "issue_id": added.issue_id,
                **(layer or {}),
            }
        )
        corrected = self._cover(state, covered, day, position)
        stock = state.pool.value - before
        return Entered(stock, added.value_minor - value, corrected)

    def add_beside(
        self,
        key: Key,
        quantity: Decimal,
        *,
        standing: str,
        party_id: int | None = None,
        unit_price: Decimal | None = None,
        received_on: date | None = None,
    ) -> None:
        """Goods come in without a value: `pending` till their cost is known, or `consigned` by a
        party, who is owed `unit_price` (major units) for each base unit once they leave."""
        state = self.states[key]
        setattr(state, standing, getattr(state, standing) + quantity)
        day = state.day(self.work.now.date()) if received_on is None else received_on
        made = new_layer(state, quantity, day, state.next_position())
        self.layers.append(
            made | {"standing": standing, "party_id": party_id, "unit_price": unit_price}
        )

    def _buy(self, state: State, quantity: Decimal) -> None:
        """Consigned goods become the owner's at the moment they leave, after all of its own."""
        lacking = quantity - max(state.pool.quantity, ZERO)
        for each in state.consignments:
            part = min(lacking, each.left)
            if part <= 0:
                continue
            each.left -= part
            state.consigned -= part
            lacking -= part
            value = state.at_unit(part, each.unit_price)
            entered = self.add(
                CostAdded(*state.key, part, value),
                layer={"source_kind": each.source.kind, "source_id": each.source.id},
            )
            bought = self.bought[state.key[0]]
            bought.update({INVENTORY: entered.stock_minor, VARIANCE: entered.variance_minor})
            bought.update(entered.corrected)
            bought[RECEIVED] -= value

    def bought_legs(self, owner_id: int) -> Legs:
        """The legs of the books for consigned goods of an owner's that were bought by taking."""
        return tuple((leg, amount) for leg, amount in self.bought[owner_id].items() if amount)

    def _cover(
        self, state: State, covered: Sequence[Covered], day: date, position: int
    ) -> dict[str, int]:
        corrected: Counter[str] = Counter()
        for each in covered:
            owed = self._owed[each.issue]
            difference = each.value - each.before
            owed["cost_minor"] += difference
            owed["uncovered"] -= each.quantity
            owed["uncovered_minor"] -= each.before
            self.changed_issues[each.issue] = owed
            self.takings.append(taking(each.issue, each))
            if difference:
                source = Source(owed["source_kind"], owed["source_id"])
                self.corrected.append(
                    Corrected(owed["contra"], state.key[0], source, state.key[1], difference)
                )
                corrected[owed["contra"]] += difference
                self.changes.append(
                    issue_change(
                        state.key,
                        each.issue,
                        difference,
                        leg=owed["contra"],
                        valued_on=day,
                        position=position,
                    )
                )
        return dict(corrected)

    async def write(
        self, source: Source, *, contra: str = "cost_of_goods"
    ) -> tuple[list[int], list[int]]:
        """Write it all, as caused by `source`; the cost of what left went to the leg `contra`.
        Gives the ids of the new layers and issues, in their order."""
        if not any(state.is_changed for state in self.states.values()):
            return [], []
        async with self.work.house():
            row = await self.work.row(
                WRITE,
                {
                    "tenant": self.work.tenant_id,
                    "book": json.dump(content(self, source, contra)),
                    "today": self.work.now.date(),
                    "moment": self.work.now,
                },
            )
        assert row is not None
        return list(row.layer_ids or ()), list(row.issue_ids or ())
