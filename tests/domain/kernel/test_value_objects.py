"""Value objects are equal by their fields, and of none a field is set again."""

from dataclasses import replace

import pytest

from domain.kernel.value_objects import value_object


@value_object(kw_only=True)
class Parcel:
    """So much to a place."""

    place: str
    kilograms: int = 1


def test_two_with_the_same_fields_are_one_value() -> None:
    assert Parcel(place="HAM") == Parcel(place="HAM", kilograms=1) != Parcel(place="EWR")
    assert {Parcel(place="HAM"): 7}[Parcel(place="HAM")] == 7
    assert replace(Parcel(place="HAM"), kilograms=2) == Parcel(place="HAM", kilograms=2)


def test_whoever_gives_it_more_than_its_fields_is_told() -> None:
    with pytest.raises(AttributeError):
        Parcel(place="HAM").colour = "red"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        Parcel("HAM")  # type: ignore[call-arg]


def test_the_type_checker_finds_who_sets_a_field() -> None:
    """Were the field not frozen for it, the comment would be one too many, which it reports."""
    parcel = Parcel(place="HAM")
    parcel.kilograms = 2  # type: ignore[misc]
    assert parcel.kilograms == 2
