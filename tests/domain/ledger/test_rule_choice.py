"""Which rule a leg follows, and which version counts."""

from datetime import date
from typing import Any

import pytest

from domain.ledger.rule_choice import Rule, RuleVersion, chosen_rule, version_on


def _rule(account_id: int, **conditions: Any) -> Rule:
    return Rule(milestone="sale", leg="revenue", account_id=account_id, conditions=conditions)


RULES = (
    _rule(1),
    _rule(2, channel_id=7),
    _rule(3, channel_id=7, country="FR"),
    _rule(4, item_group="tea"),
    _rule(5, party_group="retail", currency="USD"),
)


@pytest.mark.parametrize(
    ("circumstances", "account_id"),
    [
        ({}, 1),
        ({"channel_id": 7}, 2),
        ({"channel_id": 7, "country": "FR"}, 3),
        ({"channel_id": 8, "country": "FR"}, 1),
        # Of equals, the first.
        ({"channel_id": 7, "item_group": "tea"}, 2),
        ({"item_group": "tea"}, 4),
        ({"party_group": "retail", "currency": "EUR"}, 1),
        ({"party_group": "retail", "currency": "USD", "channel_id": 7}, 5),
    ],
)
def test_the_rule_that_asks_the_most_is_followed(
    circumstances: dict[str, Any], account_id: int
) -> None:
    rule = chosen_rule(RULES, milestone="sale", leg="revenue", circumstances=circumstances)
    assert rule is not None
    assert rule.account_id == account_id


def test_a_leg_of_no_rule_follows_none() -> None:
    for milestone, leg in (("sale", "tax"), ("receipt", "revenue")):
        assert chosen_rule(RULES, milestone=milestone, leg=leg, circumstances={}) is None
    asked = chosen_rule(RULES[1:], milestone="sale", leg="revenue", circumstances={})
    assert asked is None


def test_the_version_that_came_into_effect_last_counts() -> None:
    versions = [
        RuleVersion(id=10, number=1, effective_from=date(2026, 1, 1)),
        RuleVersion(id=11, number=2, effective_from=date(2026, 3, 1)),
        RuleVersion(id=12, number=3, effective_from=date(2026, 2, 1)),
        RuleVersion(id=13, number=4, effective_from=date(2026, 2, 1)),
    ]
    found = {
        on: getattr(version_on(versions, on), "id", None)
        for on in (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1))
    }
    assert list(found.values()) == [None, 10, 13, 11]
