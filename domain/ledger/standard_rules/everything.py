"""All standard rules together."""

from domain.ledger.charts.templates import ROLES
from domain.ledger.standard_rules import (
    close,
    finance,
    fulfilment,
    intercompany,
    inventory,
    returns,
    settlement,
)
from domain.ledger.standard_rules.writing import Rules


def _joined(*parts: Rules) -> Rules:
    joined: dict[tuple[str, str], str] = {}
    for part in parts:
        for (milestone, leg), role in part.items():
            assert role in ROLES, f"no chart has an account of role {role}"
            assert (milestone, leg) not in joined, f"{milestone}/{leg} is ruled twice"
            joined[milestone, leg] = role
    return joined


STANDARD_RULES = _joined(
    inventory.RULES,
    fulfilment.RULES,
    finance.RULES,
    returns.RULES,
    intercompany.RULES,
    settlement.RULES,
    close.RULES,
)
MILESTONES = frozenset(milestone for milestone, _ in STANDARD_RULES)
