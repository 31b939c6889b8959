"""What a tenant's settings mean for a caller, and which origins are origins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import InvalidInput
from domain.onboarding.door.plans import OFFERED, PLANS, plan_named
from domain.onboarding.door.policy import (
    AppAtTheDoor,
    TenantAtTheDoor,
    document_hash,
    entry_of,
    sound_origins,
)

PARTNER = AppAtTheDoor(kind="partner", origins=frozenset({"https://p.example"}))
PUBLIC = AppAtTheDoor(kind="public", origins=frozenset({"https://shop.example"}))
BOUND = AppAtTheDoor(kind="internal", only_registered=True)
APPS = {1: PARTNER, 2: PUBLIC, 3: BOUND}


@pytest.mark.parametrize(
    ("settled", "app_id", "is_partner", "origin", "is_held"),
    [
        ({}, None, False, None, False),
        ({}, None, True, None, False),
        ({}, 1, True, None, False),
        ({}, 3, False, None, True),
        ({"only_trusted_partners": True}, None, True, None, True),
        ({"only_trusted_partners": True}, 1, False, None, True),
        ({"only_trusted_partners": True}, None, False, None, False),
        ({"only_trusted_partners": True}, 2, False, None, False),
        ({"only_trusted_public_apps": True}, 2, False, None, True),
        ({"only_trusted_public_apps": True}, None, False, "https://shop.example", True),
        ({"only_trusted_public_apps": True}, None, False, "https://p.example", False),
        ({"only_trusted_public_apps": True}, 1, True, None, False),
        ({"only_trusted_everybody": True}, None, False, None, True),
        # A key whose app is not open any more.
        ({}, 9, False, None, True),
    ],
)
def test_who_is_held_to_registered_documents(
    settled: dict[str, bool],
    app_id: int | None,
    is_partner: bool,
    origin: str | None,
    is_held: bool,
) -> None:
    tenant = TenantAtTheDoor(apps=APPS, **settled)  # type: ignore[arg-type]
    entry = entry_of(tenant, app_id=app_id, is_partner=is_partner, origin=origin)
    assert entry.only_trusted is is_held


def test_a_key_comes_from_its_own_apps_pages_and_the_tenants() -> None:
    tenant = TenantAtTheDoor(origins=frozenset({"https://t.example"}), apps=APPS)
    of_key = entry_of(tenant, app_id=1, is_partner=False, origin=None)
    assert of_key.origins == {"https://t.example", "https://p.example"}
    of_user = entry_of(tenant, app_id=None, is_partner=False, origin="https://shop.example")
    assert of_user.origins == {"https://t.example", "https://p.example", "https://shop.example"}
    assert of_user.app_id == 2
    gone = entry_of(tenant, app_id=9, is_partner=False, origin="https://shop.example")
    assert (gone.origins, gone.app_id) == (frozenset({"https://t.example"}), 9)


def test_origins_are_kept_as_browsers_send_them() -> None:
    written = ["https://Shop.Example:443/", "https://a.example:8443", "https://shop.example"]
    assert sound_origins(written) == ["https://a.example:8443", "https://shop.example"]
    assert sound_origins(["http://localhost:3000", "http://[::1]:80"]) == [
        "http://[::1]",
        "http://localhost:3000",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "https://",
        "http://shop.example",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://user@shop.example",
        "https://*.example",
        "https://shop.example:99999",
        "https://a..b",
        "javascript://x",
        "https://shöp.example",
        "https://x" + "y" * 300,
        "https://shop.example\n",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sound_origins(["https://shop.example", text])
    assert refused.value.path == ("origins", 1)


@given(st.text(max_size=60))
def test_any_text_is_an_origin_or_refused(text: str) -> None:
    try:
        kept = sound_origins([text])
    except InvalidInput:
        return
    assert sound_origins(kept) == kept


def test_a_document_is_named_by_its_sha_256() -> None:
    assert document_hash("{ __typename }") == (
        "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b"
    )


def test_an_unknown_plan_is_the_standard_one() -> None:
    assert plan_named(None) is plan_named("gone") is PLANS["standard"]
    assert OFFERED == ("small", "standard", "large")
