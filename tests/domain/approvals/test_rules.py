"""Which rule applies to what is asked for, and what a policy may say at all."""

from decimal import Decimal
from typing import Any

import pytest

from domain.approvals.policies.documents import rules_of, sound_rules
from domain.approvals.policies.rules import (
    ANYBODY,
    Condition,
    Facts,
    Rule,
    Step,
    choose,
    steps_asked_for,
)
from domain.kernel.errors import InvalidInput

EUR = {"currency": "EUR"}


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({}, {}, True),
        ({**EUR, "amount_from_minor": 100}, {**EUR, "amount_minor": 100}, True),
        ({**EUR, "amount_from_minor": 100}, {**EUR, "amount_minor": 99}, False),
        ({**EUR, "amount_below_minor": 100}, {**EUR, "amount_minor": 99}, True),
        ({**EUR, "amount_below_minor": 100}, {**EUR, "amount_minor": 100}, False),
        ({**EUR, "amount_below_minor": 100}, {**EUR, "amount_minor": -500}, False),
        ({**EUR, "amount_below_minor": 100}, {"currency": "USD", "amount_minor": 1}, False),
        ({**EUR, "amount_below_minor": 100}, {}, False),
        ({"percent_from": Decimal(5)}, {"percent": Decimal(-5)}, True),
        ({"percent_from": Decimal(5), "percent_below": Decimal(10)}, {"percent": Decimal(10)},
         False),
        ({"percent_below": Decimal(5)}, {}, False),
        ({"entity_ids": frozenset({1})}, {"entity_id": 1}, True),
        ({"entity_ids": frozenset({1})}, {"entity_id": 2}, False),
        ({"channel_ids": frozenset({1})}, {}, False),
        ({"location_ids": frozenset({1})}, {"location_id": 1}, True),
        ({"reasons": frozenset({"Damaged"})}, {"reason": "damaged"}, True),
        ({"reasons": frozenset({"damaged"})}, {"reason": "damaged in transit"}, False),
        ({"kinds": frozenset({"price_list"})}, {"kind": "role"}, False),
        ({"kinds": frozenset({"a"}), "entity_ids": frozenset({1})}, {"kind": "a"}, False),
    ],
)  # fmt: skip
def test_a_condition_holds_when_all_that_it_says_does(
    condition: dict[str, Any], facts: dict[str, Any], holds: bool
) -> None:
    assert Condition(**condition).holds(Facts(**facts)) is holds


def test_the_first_rule_that_applies_decides_and_what_a_subject_demands_comes_first() -> None:
    small = Rule(name="small", condition=Condition(percent_below=Decimal(5)), automatic=True)
    rest = Rule(name="rest", steps=(Step(name="boss"),))
    owner = Step(name="owner")
    chosen = choose([small, rest], Facts(percent=Decimal(4)))
    assert chosen is small
    assert steps_asked_for(chosen, ()) == ()
    assert steps_asked_for(chosen, [owner]) == (owner,)
    assert choose([small, rest], Facts()) is rest
    assert steps_asked_for(rest, [owner]) == (owner, Step(name="boss"))
    assert choose([small], Facts()) is None
    assert steps_asked_for(None, ()) == (ANYBODY,)
    assert steps_asked_for(None, [owner]) == (owner,)


def test_a_sound_document_says_everything_and_is_read_as_it_was_written() -> None:
    told = {
        "name": " Above ",
        "condition": {"currency": "EUR", "amount_from_minor": 100, "percent_from": Decimal("2.5")},
        "steps": [{"name": "Boss", "needed": 2, "role_ids": [3, 1, 3]}],
        "expires_after_minutes": 60,
    }
    document = sound_rules([told])
    assert sound_rules(document) == document
    [rule] = rules_of(document)
    assert (rule.name, rule.expires_after_minutes, rule.automatic) == ("Above", 60, False)
    assert rule.condition == Condition(
        currency="EUR", amount_from_minor=100, percent_from=Decimal("2.5")
    )
    assert rule.steps == (Step(name="Boss", needed=2, role_ids=(1, 3)),)


STEP: dict[str, Any] = {"name": "s"}


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ([], ("rules",)),
        ([{"name": "", "steps": [STEP]}], ("rules", 0, "name")),
        ([{"name": "a"}], ("rules", 0, "steps")),
        ([{"name": "a", "automatic": True, "steps": [STEP]}], ("rules", 0, "steps")),
        ([{"name": "a", "steps": [STEP]}] * 2, ("rules", 1, "name")),
        ([{"name": "a", "steps": [{"name": "s", "needed": 0}]}],
         ("rules", 0, "steps", 0, "needed")),
        ([{"name": "a", "steps": [{"name": "s", "escalates_after_minutes": 5}]}],
         ("rules", 0, "steps", 0, "escalates_after_minutes")),
        ([{"name": "a", "steps": [{"name": "s", "escalation_role_ids": [1]}]}],
         ("rules", 0, "steps", 0, "escalates_after_minutes")),
        ([{"name": "a", "steps": [STEP], "expires_after_minutes": 0}],
         ("rules", 0, "expires_after_minutes")),
        ([{"name": "a", "steps": [STEP], "condition": {"amount_from_minor": 1}}],
         ("rules", 0, "condition", "currency")),
        ([{"name": "a", "steps": [STEP], "condition": {"currency": "EUR"}}],
         ("rules", 0, "condition", "currency")),
        ([{"name": "a", "steps": [STEP], "condition": {"currency": "XX", "amount_from_minor": 1}}],
         ("rules", 0, "condition", "currency")),
        ([{"name": "a", "steps": [STEP],
           "condition": {"percent_from": Decimal(5), "percent_below": Decimal(5)}}],
         ("rules", 0, "condition", "percent_below")),
        ([{"name": "a", "steps": [STEP], "condition": {"percent_from": Decimal(-1)}}],
         ("rules", 0, "condition", "percent_from")),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused_at_its_place(
    rules: list[dict[str, Any]], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidInput) as told:
        sound_rules(rules)
    assert told.value.path == path
