"""The solver: a linear model with some whole numbers, put to HiGHS. Numbers are floats in here,
and nowhere else: what comes out is checked and rounded by whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import highspy
import numpy as np

# Up to so many columns the whole model is solved as it is.
SMALL = 3_000
# A value below it is none.
NOTHING = 1e-6
# How much of the time the relaxed model may take; the rest is for whole numbers.
RELAXED_SHARE = 0.6
CLOSE_ENOUGH = 0.001


@dataclass(slots=True)
class Model:
    """Columns with a cost and a most each, some of them whole; rows with a least and a most."""

    costs: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_least: list[float] = field(default_factory=list)
    row_most: list[float] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _factors: list[float] = field(default_factory=list)

    def column(self, cost: float, most: float, *, whole: bool = False) -> int:
        """Add a column; its number."""
        self.costs.append(cost)
        self.most.append(most)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(
        self, columns: Sequence[int], factors: Sequence[float], most: float, least: float = -inf
    ) -> None:
        """Add a row: the sum of columns times factors lies between least and most."""
        self._starts.append(len(self._columns))
        self._columns += columns
        self._factors += factors
        self.row_least.append(least)
        self.row_most.append(most)

    def for_highs(self, most: Any, least: Any, *, relaxed: bool) -> highspy.HighsLp:
        """As HiGHS takes it, with other bounds of the columns."""
        made = highspy.HighsLp()
        made.num_col_, made.num_row_ = len(self.costs), len(self.row_most)
        made.col_cost_ = np.array(self.costs)
        made.col_lower_, made.col_upper_ = least, most
        made.row_lower_, made.row_upper_ = np.array(self.row_least), np.array(self.row_most)
        made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        made.a_matrix_.start_ = np.array([*self._starts, len(self._columns)], np.int32)
        made.a_matrix_.index_ = np.array(self._columns, np.int32)
        made.a_matrix_.value_ = np.array(self._factors)
        if not relaxed:
            kinds = highspy.HighsVarType
            made.integrality_ = [
                kinds.kInteger if each else kinds.kContinuous for each in self.whole
            ]
        return made


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of the columns, what they cost, and what any solution costs at least."""

    values: Sequence[float]
    cost: float
    bound: float | None
    status: str


def solve(model: Model, *, seconds: float) -> Solution | None:
    """The cheapest values that were found in that time; None when none were.

    A large model is first solved without whole numbers, which tells the bound; where that says
    no clearly, columns are left out, and the rest is solved with whole numbers."""
    most, least = np.array(model.most), np.zeros(len(model.most))
    if len(model.costs) <= SMALL:
        return _solve(model, most, least, seconds=seconds)
    relaxed = _solve(model, most, least, seconds=seconds * RELAXED_SHARE, relaxed=True)
    if relaxed is None or relaxed.status != "Optimal":
        return _solve(model, most, least, seconds=seconds * (1 - RELAXED_SHARE))
    values = np.array(relaxed.values)
    kept = np.where(values > NOTHING, most, 0.0)
    found = _solve(model, kept, least, seconds=seconds * (1 - RELAXED_SHARE))
    if found is None:
        return None
    status = "time_limit" if found.status == "Time limit reached" else "reduced"
    return Solution(found.values, found.cost, relaxed.cost, status)


def _solve(
    model: Model, most: Any, least: Any, *, seconds: float, relaxed: bool = False
) -> Solution | None:
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    for name, value in (
        ("time_limit", seconds),
        ("threads", 1),
        ("mip_rel_gap", CLOSE_ENOUGH),
        *((("solver", "ipm"), ("run_crossover", "off")) if relaxed else ()),
    ):
        highs.setOptionValue(name, value)
    highs.passModel(model.for_highs(most, least, relaxed=relaxed))
    highs.run()
    info, status = highs.getInfo(), highs.getModelStatus()
    solution = highs.getSolution()
    if not solution.value_valid or not np.isfinite(info.objective_function_value):
        return None
    bound = info.objective_function_value if relaxed else info.mip_dual_bound
    return Solution(
        list(solution.col_value),
        info.objective_function_value,
        float(bound) if np.isfinite(bound) else None,
        highs.modelStatusToString(status),
    )
