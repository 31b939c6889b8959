"""The list of permissions is the list that the areas ask for, and the roles stay within it."""

import importlib
import pkgutil

import pytest

import domain
from api.door.manners import INTROSPECT
from domain.approvals.subjects import all_subjects
from domain.kernel.permissions import DECLARED
from tenancy.operator_keys import MANAGE, READ
from tenancy.permissions import (
    ALL_PERMISSIONS,
    OF_LOCATION,
    OF_PARTY,
    ROLE_TEMPLATES,
    most_permissions,
)


def test_every_permission_is_asked_for_and_every_one_asked_for_is_listed() -> None:
    for module in pkgutil.walk_packages(domain.__path__, prefix="domain."):
        importlib.import_module(module.name)
    # Who decides about a subject needs the subject's own.
    to_decide = {subject.permission for subject in all_subjects()}
    # The schema is no area of the domain: the API's door asks for this one.
    asked = {*DECLARED.values(), *to_decide, INTROSPECT}
    # No role of a tenant gives what operators may.
    assert asked - {READ, MANAGE} == set(ALL_PERMISSIONS)


def test_every_permission_says_what_it_allows() -> None:
    assert all(description.strip() for description in ALL_PERMISSIONS.values())


def test_the_templates_give_only_permissions_that_exist() -> None:
    assert [template.name for template in ROLE_TEMPLATES] == [
        "admin",
        "planner",
        "warehouse",
        "finance",
        "customer",
        "supplier",
        "third_party",
    ]
    for template in ROLE_TEMPLATES:
        assert template.permissions <= set(ALL_PERMISSIONS), template.name


@pytest.mark.parametrize(
    ("name", "most"),
    [("customer", OF_PARTY), ("supplier", OF_PARTY), ("third_party", OF_LOCATION)],
)
def test_the_templates_for_partners_give_all_that_they_say(name: str, most: frozenset[str]) -> None:
    template = next(each for each in ROLE_TEMPLATES if each.name == name)
    assert template.permissions <= most


def test_a_partner_never_holds_what_reaches_beyond_its_rows() -> None:
    everything = frozenset(ALL_PERMISSIONS)
    assert most_permissions(party_id=None, location_id=None) == everything
    assert most_permissions(party_id=1, location_id=None) == OF_PARTY
    assert most_permissions(party_id=None, location_id=1) == OF_LOCATION
    assert most_permissions(party_id=1, location_id=1) == OF_PARTY & OF_LOCATION
    for most in (OF_PARTY, OF_LOCATION):
        assert most <= everything
        managed = {each for each in most if each.endswith(".manage")}
        # Their own people, keys and webhooks, as row security has it.
        assert managed <= {"users.manage", "webhooks.manage"}
