"""What payouts of channels and payment providers post."""

from domain.ledger.standard_rules.writing import Rules

RULES: Rules = {}
