"""Stock is valued anew since some place: what each issue costs now, and what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.policies.cost_pools import STANDARD, Part, Pool
from domain.inventory.policies.cost_revision import Issued, Went, played_again, rolled_back
from domain.inventory.valuation.book import CostBook
from domain.inventory.valuation.histories import Told
from domain.inventory.valuation.kinds import VARIANCE, Key, Source
from domain.inventory.valuation.records import issue_change, stock_change, taking
from domain.inventory.valuation.states import State
from domain.kernel.money import share


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue (its row) of an item of an owner's that costs `difference` more, in minor units."""

    issue: Row[Any]
    difference: int
    key: Key


@dataclass(frozen=True, slots=True)
class Anew:
    """What is to be valued anew in a book: the histories, the layers that cost something else, and
    of those that are older than their item's method, what took of them before it."""

    book: CostBook
    told: Mapping[Key, Told]
    layers: Mapping[int, Row[Any]]
    differences: Mapping[int, int]
    taken_before: Mapping[int, Sequence[Row[Any]]]
    cause: Source
    today: date

    def revise(self, keys: Sequence[Key]) -> tuple[list[Moved], int]:
        """Put it into the book; the issues that moved, and what went to the variance."""
        moved: list[Moved] = []
        variance = 0
        for key in keys:
            state = self.book.states[key]
            mine = {
                n: difference
                for n, difference in self.differences.items()
                if (self.layers[n].owner_id, self.layers[n].item_id) == key
            }
            if state.pool.method == STANDARD:
                variance += self._to_variance(state, mine)
            else:
                moved += self._again(state, self.told[key], mine)
        return moved, variance

    def _to_variance(self, state: State, mine: Mapping[int, int]) -> int:
        """At standard cost the stock is worth what it was."""
        if mine:
            self._note_layers(state, mine, leg=VARIANCE, is_stock=False)
        return sum(mine.values())

    def _note_layers(
        self, state: State, mine: Mapping[int, int], *, leg: str, is_stock: bool
    ) -> int:
        position = state.next_position()
        for layer, difference in mine.items():
            self.book.recosted[layer] = self.layers[layer].cost_minor + difference
            self.book.changes.append(
                stock_change(
                    state.key,
                    difference if is_stock else 0,
                    leg=leg,
                    valued_on=self.today,
                    position=position,
                    layer=layer,
                    kind="layer",
                )
            )
        return position

    def _again(self, state: State, told: Told, mine: Mapping[int, int]) -> list[Moved]:
        position = self._note_layers(state, mine, leg=self.cause.kind, is_stock=True)
        now = state.pool
        pool = rolled_back(now, told.history)
        moved: list[Moved] = []
        entering: dict[int, int] = {}
        for layer, difference in mine.items():
            if self.layers[layer].position > state.method_position:
                entering[layer] = self.layers[layer].cost_minor + difference
            else:
                moved += self._by_quantity(state.key, pool, layer, difference)
        issued = played_again(pool, told.history, entering)
        before = {each.issue: each for each in told.history.happened if isinstance(each, Went)}
        before |= {each.issue: each for each in told.history.covered_since}
        for number, one in issued.items():
            moved += self._retake(state.key, told.issues[number], before[number], one)
        assert pool.quantity == now.quantity, "what happened does not add up to what there is"
        state.pool = replace(pool, written_down=now.written_down, lends=now.lends)
        state.read = {
            row.id: (row.quantity_left, row.value_left_minor) for row in told.layers.values()
        } | {each.layer_id: (each.left, 0) for each in state.consignments}
        for each in moved:
            self.book.changes.append(
                issue_change(
                    state.key,
                    each.issue.id,
                    each.difference,
                    leg=each.issue.contra,
                    valued_on=self.today,
                    position=position,
                )
            )
        return moved

    def _by_quantity(self, key: Key, pool: Pool, layer: int, difference: int) -> list[Moved]:
        """What happened before the method holds is not played again: each unit bears the same."""
        takers = self.taken_before.get(layer, ())
        left = self.layers[layer].quantity - sum((t.quantity for t in takers), Decimal(0))
        parts = share(difference, [*(t.quantity for t in takers), left])
        pool.change(parts[-1], layer)
        moved = [Moved(t, part, key) for t, part in zip(takers, parts, strict=False) if part]
        for each in moved:
            change = self.book.changed_issues.setdefault(
                each.issue.id, {"id": each.issue.id, "cost_minor": each.issue.cost_minor}
            )
            change["cost_minor"] += each.difference
            self.book.borne.append({"id": each.issue.taking_id, "value": each.difference})
        return moved

    def _retake(self, key: Key, row: Row[Any], before: Went, one: Issued) -> list[Moved]:
        after = (tuple(one.parts), one.uncovered, one.uncovered_value)
        if after == (before.parts, before.uncovered, before.uncovered_value):
            return []
        self.book.retaken.append(row.id)
        self.book.takings += [taking(row.id, Part(*part)) for part in one.parts]
        self.book.changed_issues[row.id] = {
            "id": row.id,
            "cost_minor": one.cost,
            "uncovered": one.uncovered,
            "uncovered_minor": one.uncovered_value,
        }
        difference = one.cost - row.cost_minor
        return [Moved(row, difference, key)] if difference else []
