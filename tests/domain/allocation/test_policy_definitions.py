"""What a policy says: checked with the path to what is wrong, decoded, compared."""

from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.decoding import Difference, decode, differences, references
from domain.allocation.definition import content_hash, simple_definition, sound_definition
from domain.entities.geography import kilometres, point_of
from domain.kernel.errors import InvalidInput

STRATEGY = {"code": "A", "sources": [{"location_id": 1}]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, ("strategies",)),
        ({"strategies": [STRATEGY, STRATEGY]}, ("strategies", 1)),
        ({"strategies": [{"code": "A", "sources": []}]}, ("strategies", 0, "sources")),
        ({"strategies": [{**STRATEGY, "criteria": ["luck"]}]}, ("strategies", 0, "criteria", 0)),
        (
            {"strategies": [{**STRATEGY, "condition": {"value_from_minor": 5}}]},
            ("strategies", 0, "condition", "currency"),
        ),
        (
            {"strategies": [{**STRATEGY, "condition": {"regions": [{"country": "XX"}]}}]},
            ("strategies", 0, "condition", "regions", 0, "country"),
        ),
        ({"strategies": [STRATEGY], "on_shortage": "pray"}, ("on_shortage",)),
        (
            {"strategies": [STRATEGY], "constraints": [{"kind": "max_splits"}]},
            ("constraints", 0, "amount"),
        ),
        (
            {
                "strategies": [STRATEGY],
                "constraints": [
                    {"kind": "minimum_inventory", "keep_back": [{"quantity": "1"}, {}]}
                ],
            },
            ("constraints", 0, "keep_back", 1),
        ),
        (
            {"strategies": [STRATEGY], "substitutions": [{"item_id": 1, "substitute_id": 1}]},
            ("substitutions", 0, "substitute_id"),
        ),
        (
            {"strategies": [{"code": "A", "sources": [{"location_group": "EAST"}]}]},
            ("strategies", 0, "sources", 0, "location_group"),
        ),
    ],
)
def test_what_is_wrong_is_said_by_its_path(given: dict[str, Any], path: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        sound_definition(given)
    assert refused.value.path == path


def test_a_sound_document_stays_as_it_is_and_has_one_hash() -> None:
    document = sound_definition({"strategies": [STRATEGY]})
    assert sound_definition(document) == document
    assert content_hash(document) == content_hash(dict(reversed(document.items())))
    assert content_hash(document) != content_hash(document | {"on_shortage": "ship_complete"})


def test_groups_and_substitutions_are_spelled_out_for_deciding() -> None:
    policy = decode(
        sound_definition(
            {
                "location_groups": [{"code": "EAST", "location_ids": [3, 4]}],
                "strategies": [
                    {
                        "code": "A",
                        "sources": [{"location_id": 4}, {"location_group": "EAST", "priority": 5}],
                    }
                ],
                "constraints": [
                    {"kind": "max_splits", "amount": 2},
                    {"kind": "max_distance", "amount": 50, "soft": True},
                    {"kind": "shelf_life", "amount": 9, "soft": True},
                ],
                "substitutions": [
                    {"item_id": 7, "substitute_id": 8, "numerator": 3, "two_way": True}
                ],
            }
        )
    )
    assert policy.strategies[0].ranks == {4: 1, 3: 5}
    ways = [
        (s.item_id, s.substitute_id, s.ratio_numerator, s.ratio_denominator)
        for s in policy.substitutions
    ]
    assert ways == [(7, 8, 3, 1), (8, 7, 1, 3)]
    assert [(p.max_places, p.max_km, p.shelf_life_days, p.dropped) for p in policy.passes] == [
        (3, 50, 9, ()),
        (3, None, 9, ("max_distance",)),
        (3, None, 0, ("max_distance", "shelf_life")),
    ]


def test_two_documents_are_compared_by_codes() -> None:
    before = simple_definition([1, 2], split_allowed=True)
    new = {"code": "FIRST", "sources": [{"location_id": 9}]}
    after = sound_definition(before | {"strategies": [new, *before["strategies"]]})
    [difference] = differences(before, after)
    assert difference.path == ("strategies", "FIRST")
    assert difference.before is None
    shortage = sound_definition(before | {"on_shortage": "ship_complete"})
    assert differences(before, shortage) == [
        Difference(("on_shortage",), "backorder", "ship_complete")
    ]
    assert references(after).locations.keys() == {9, 1, 2}


def test_distances_are_along_the_globe_and_unknown_when_nothing_is_known() -> None:
    berlin = {"latitude": Decimal("52.52"), "longitude": Decimal("13.405")}
    munich = {"latitude": "48.1374", "longitude": "11.5755"}
    one, other = point_of(berlin), point_of(munich)
    assert one is not None
    assert other is not None
    assert kilometres(one, other) == 504
    ohio, nevada = point_of({"country": "US", "region": "oh"}), point_of({"country": "US"})
    assert ohio == (40.4, -82.8)
    assert nevada == (39.8, -98.6)
    assert point_of({"country": "ZZ"}) is None
    assert point_of(None) is None
