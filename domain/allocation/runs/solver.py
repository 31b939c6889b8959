"""The solver: a linear model with some whole numbers, put to HiGHS. Numbers are floats in here,
and nowhere else: what comes out is checked and rounded by whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import highspy
import numpy as np

OPTIMAL = "Optimal"
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

    def for_highs(self) -> highspy.HighsLp:
        """As HiGHS takes it."""
        made = highspy.HighsLp()
        made.num_col_, made.num_row_ = len(self.costs), len(self.row_most)
        made.col_cost_ = np.array(self.costs)
        made.col_lower_, made.col_upper_ = np.zeros(len(self.most)), np.array(self.most)
        made.row_lower_, made.row_upper_ = np.array(self.row_least), np.array(self.row_most)
        made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        made.a_matrix_.start_ = np.array([*self._starts, len(self._columns)], np.int32)
        made.a_matrix_.index_ = np.array(self._columns, np.int32)
        made.a_matrix_.value_ = np.array(self._factors)
        kinds = highspy.HighsVarType
        made.integrality_ = [kinds.kInteger if each else kinds.kContinuous for each in self.whole]
        return made


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of the columns, and what any solution costs at least."""

    values: Sequence[float]
    bound: float | None
    status: str


def solve(model: Model, *, seconds: float) -> Solution | None:
    """The cheapest values that were found in that time; None when none were."""
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    options = {"time_limit": seconds, "threads": 1, "mip_rel_gap": CLOSE_ENOUGH}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(model.for_highs())
    highs.run()
    info, status = highs.getInfo(), highs.getModelStatus()
    solution = highs.getSolution()
    if not solution.value_valid or not np.isfinite(info.objective_function_value):
        return None
    bound = info.mip_dual_bound
    return Solution(
        list(solution.col_value),
        float(bound) if np.isfinite(bound) else None,
        highs.modelStatusToString(status),
    )
