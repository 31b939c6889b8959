"""What the end of a period posts."""

from domain.ledger.standard_rules.writing import rules

RULES = rules("revaluation", difference="unrealised_exchange") | rules(
    "year_end", result="retained_earnings", retained_earnings="retained_earnings"
)
