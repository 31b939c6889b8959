"""What trade between entities wants done before a period closes."""

from domain.intercompany.invariants import INVARIANTS
from domain.ledger.closing_checks import agreement

AFFILIATES_AGREE = agreement(
    next(each for each in INVARIANTS if each.name == "intercompany_agrees"),
    title="Due from and due to affiliates",
    why="Balances of the group would not cancel out.",
    mend="Tell the operator: both sides of a trade are written together.",
)
