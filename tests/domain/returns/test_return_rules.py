"""What the return policy says of goods, and why."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel.errors import InvalidInput
from domain.returns.policies.arriving import Came, Delivered, Expected, bring_home
from domain.returns.policies.documents import rule_of, sound_rules
from domain.returns.policies.leaving import Left, shares_of
from domain.returns.policies.rules import Facts, Rule, decide

D = Decimal
TODAY = date(2026, 3, 1)


def _facts(**fields: Any) -> Facts:
    return Facts(**{"today": TODAY, "item_id": 7, "currency": "EUR", **fields})


def _days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


RULES = (
    Rule(name="Faulty", decision="approve", reasons=frozenset({"FAULTY"}), refunds_shipping=True),
    Rule(name="Hygiene", decision="refuse", item_groups=frozenset({"hygiene"})),
    Rule(
        name="Cheap",
        decision="approve",
        currency="EUR",
        value_below_minor=1000,
        keep_below_minor=500,
        within_days=30,
    ),
    Rule(name="30 days", decision="approve", within_days=30, fee_percent=D(10)),
    Rule(name="60 days", decision="ask", within_days=60, counted_from="delivery", transit_days=3),
)


@pytest.mark.parametrize(
    ("facts", "decision", "rule", "keeps"),
    [
        ({"reason": "FAULTY", "item_group": "hygiene"}, "approve", "Faulty", False),
        ({"reason": "UNWANTED", "item_group": "hygiene"}, "refuse", "Hygiene", False),
        ({"shipped_on": _days_ago(30), "value_minor": 499}, "approve", "Cheap", True),
        ({"shipped_on": _days_ago(30), "value_minor": 500}, "approve", "Cheap", False),
        ({"shipped_on": _days_ago(30), "value_minor": 1000}, "approve", "30 days", False),
        ({"shipped_on": _days_ago(31), "value_minor": 1000}, "ask", "60 days", False),
        ({"shipped_on": _days_ago(63), "value_minor": 1000}, "ask", "60 days", False),
        ({"shipped_on": _days_ago(64), "value_minor": 1000}, "refuse", None, False),
        ({"delivered_on": _days_ago(60), "value_minor": 1000}, "ask", "60 days", False),
        (
            {"shipped_on": _days_ago(5), "value_minor": 400, "currency": "USD"},
            "approve",
            "30 days",
            False,
        ),
        ({"has_order": False}, "refuse", None, False),
    ],
)
def test_the_first_rule_that_holds_decides(
    facts: dict[str, Any], decision: str, rule: str | None, keeps: bool
) -> None:
    said = decide(RULES, _facts(**facts))
    named = None if said.rule is None else said.rule.name
    assert (said.decision, named, said.keeps) == (decision, rule, keeps)


def test_a_decision_says_why_the_rules_before_it_did_not_hold() -> None:
    said = decide(RULES, _facts(shipped_on=_days_ago(31), value_minor=2000, reason="UNWANTED"))
    assert said.explanation == (
        "Faulty: not for this reason.",
        "Hygiene: not for this item group.",
        "Cheap: 31 days since its shipment, at most 30.",
        "30 days: 31 days since its shipment, at most 30.",
        "60 days: holds.",
    )


def test_without_a_policy_somebody_is_asked() -> None:
    assert decide((), _facts()).decision == "ask"


def test_a_rule_is_kept_as_it_is_told_and_read_as_it_is_kept() -> None:
    [kept] = sound_rules(
        [
            {
                "name": " Late ",
                "decision": "ask",
                "within_days": 60,
                "reasons": ["B", "A", "A"],
                "fee_percent": "12.5",
                "fee_minor": 500,
                "currency": "EUR",
                "channel_ids": [],
                "carrier": None,
            }
        ]
    )
    assert kept["reasons"] == ["A", "B"]
    assert "carrier" not in kept
    rule = rule_of(kept)
    assert (rule.name, rule.fee_percent, rule.fee_minor) == ("Late", D("12.5"), 500)
    assert rule.reasons == {"A", "B"}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"decision": "approve"}, "name"),
        ({"name": "x", "decision": "perhaps"}, "decision"),
        ({"name": "x", "decision": "ask", "within_days": -1}, "within_days"),
        ({"name": "x", "decision": "ask", "within_days": True}, "within_days"),
        ({"name": "x", "decision": "ask", "fee_percent": "101"}, "fee_percent"),
        ({"name": "x", "decision": "ask", "fee_percent": "NaN"}, "fee_percent"),
        ({"name": "x", "decision": "ask", "fee_minor": 5}, "currency"),
        ({"name": "x", "decision": "ask", "currency": "eur"}, "currency"),
        ({"name": "x", "decision": "ask", "channel_ids": ["1"]}, "channel_ids"),
        ({"name": "x", "decision": "ask", "conditions": ["melted"]}, "conditions"),
        ({"name": "x", "decision": "ask", "wishes": 1}, "wishes"),
    ],
)
def test_what_no_rule_can_say_is_refused(rule: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sound_rules([rule])
    assert refused.value.path[-1] == path


def test_goods_are_brought_to_what_announced_them_then_to_what_was_delivered() -> None:
    expected = [
        Expected(line_id=1, item_id=7, order_line_id=70, to_come=D(2)),
        Expected(line_id=2, item_id=7, order_line_id=71, to_come=D(1)),
    ]
    delivered = [Delivered(order_line_id=70, item_id=7, returnable=D(1))]
    came = [Came(item_id=7, quantity=D(6)), Came(item_id=8, quantity=D(1))]
    placed = bring_home(came, expected, delivered)
    assert [(p.place, int(p.quantity), p.kind, p.line_id, p.order_line_id) for p in placed] == [
        (0, 2, "announced", 1, None),
        (0, 1, "announced", 2, None),
        (0, 1, "unannounced", None, 70),
        (0, 2, "unannounced", None, None),
        (1, 1, "wrong_item", None, None),
    ]


def test_a_piece_goes_only_to_the_line_by_which_it_left() -> None:
    expected = [
        Expected(line_id=1, item_id=7, order_line_id=70, to_come=D(1)),
        Expected(line_id=2, item_id=7, order_line_id=71, to_come=D(1)),
    ]
    came = [Came(item_id=7, quantity=D(1), order_line_ids=frozenset({71}))]
    [placed] = bring_home(came, expected, [])
    assert placed.line_id == 2


@pytest.mark.parametrize(
    ("before", "quantity", "shares"),
    [
        (0, 2, [(1, 2)]),
        (1, 3, [(1, 1), (2, 2)]),
        (2, 1, [(2, 1)]),
        (4, 3, [(2, 1), (None, 2)]),
    ],
)
def test_the_first_that_left_are_the_first_that_are_back(
    before: int, quantity: int, shares: list[tuple[int | None, int]]
) -> None:
    left = [Left(1, D(2)), Left(2, D(3))]
    found = shares_of(left, before=D(before), quantity=D(quantity))
    assert [(shipment, int(some)) for shipment, some in found] == shares
