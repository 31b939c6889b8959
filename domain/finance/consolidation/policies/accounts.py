"""Lines of a consolidated trial balance. Pure.

Accounts of entities with the same role are one line; an account without a role is one with those
of the same kind and code."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

RETAINED, TRANSLATION = "retained_earnings", "translation_difference"
MINORITY, MINORITY_RESULT = "minority_interest", "minority_result"
EXCHANGE, DIFFERENCE, GOODWILL = "unrealised_exchange", "consolidation_difference", "goodwill"
COST, INVENTORY = "cost_of_goods", "inventory"
RESULT_KINDS = frozenset({"income", "expense"})
KINDS = ("asset", "liability", "equity", "income", "expense")


class GroupAccount(NamedTuple):
    """A line: its key (a role, or `kind:code`), and what the group's chart calls it."""

    key: str
    kind: str
    code: str
    name: str


# What a group has, and no entity.
OF_GROUPS = (
    GroupAccount(GOODWILL, "asset", "G100", "Goodwill"),
    GroupAccount(DIFFERENCE, "expense", "G700", "Differences between affiliates"),
    GroupAccount(MINORITY_RESULT, "expense", "G900", "Result of minorities"),
)


def key_of(role: str | None, kind: str, code: str) -> str:
    """The key of the line that an account belongs to."""
    return role if role is not None else f"{kind}:{code}"


def chart_of(
    standard: Iterable[GroupAccount], entities: Iterable[GroupAccount]
) -> Mapping[str, GroupAccount]:
    """All lines by key: what the group's template calls them, else the first entity that has
    them."""
    chart = {each.key: each for each in (*standard, *OF_GROUPS)}
    for each in entities:
        chart.setdefault(each.key, each)
    return chart
