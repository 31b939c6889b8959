"""POST /intake/{channel}: who may send, what is kept, and what the refused can learn."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest

from api.ids import row_id_of
from app.http.services import system_clock
from domain.channels.operations import set_channel_secret, update_channel
from domain.intake.formats.signatures import sign_standard
from domain.intake.operations import LARGEST_DOCUMENT
from tests.factories.api import ApiUnderTest
from tests.factories.intake import Door, ShopOrder, new_door, purchase_order
from tests.factories.keys import KEYS
from tests.factories.masters import new_item
from tests.factories.tenants import TenantUnderTest, new_tenant

SECRET = "a-signing-secret-of-sufficient-length"
BODY = json.dumps(ShopOrder().document()).encode()
UNSIGNED = {"error": {"code": "UNAUTHENTICATED", "message": "The signature is missing or wrong."}}


def _hmac(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()


def _shopify(body: bytes = BODY, *, delivery: str = "d1", secret: str = SECRET) -> dict[str, str]:
    return {
        "x-shopify-hmac-sha256": _hmac(body, secret),
        "x-shopify-topic": "orders/create",
        "x-shopify-webhook-id": delivery,
        "content-type": "application/json",
    }


async def _signed_door(tenant: TenantUnderTest, **fields: Any) -> Door:
    door = await new_door(tenant, **fields)
    async with tenant.work() as work:
        await set_channel_secret(work, keys=KEYS, channel_id=door.channel_id, secret=SECRET)
    return door


async def _post(
    api: ApiUnderTest,
    door: Door,
    body: bytes = BODY,
    headers: Mapping[str, str | bytes] | None = None,
    *,
    tenant: str | None = None,
    channel: str | None = None,
) -> httpx.Response:
    return await api.http.post(
        f"/intake/{channel or door.code}",
        params={"tenant": tenant or door.tenant.slug},
        content=body,
        headers=headers or {},
    )


def _message_id(response: httpx.Response) -> int:
    return row_id_of(response.json()["message_id"], "IntakeMessage")


async def test_a_signed_document_is_kept_and_nothing_is_booked_yet(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await _signed_door(tenant)
    await new_item(tenant, sku="A-1")
    response = await _post(api, door, headers=_shopify())
    assert (response.status_code, response.json()["outcome"]) == (202, "received")
    message = await door.message(_message_id(response))
    assert (message.raw, message.outcome) == (BODY, "received")
    assert (message.topic, message.delivery_id) == ("orders/create", "d1")
    assert message.content_type == "application/json"
    assert await door.orders() == []
    processed = await door.process(message.id)
    assert processed is not None
    assert processed.outcome == "accepted"


async def test_the_same_delivery_twice_is_one_message(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await _signed_door(tenant)
    responses = [await _post(api, door, headers=_shopify()) for _ in range(2)]
    assert [r.status_code for r in responses] == [202, 202]
    assert len({_message_id(r) for r in responses}) == 1
    other = await _post(api, door, headers=_shopify(delivery="d2"))
    assert _message_id(other) != _message_id(responses[0])


async def test_woocommerce_signs_in_its_own_way(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    door = await _signed_door(tenant, source="woocommerce")
    headers = {
        "x-wc-webhook-signature": _hmac(BODY),
        "x-wc-webhook-topic": "order.created",
        "x-wc-webhook-delivery-id": "w1",
    }
    response = await _post(api, door, headers=headers)
    assert response.status_code == 202
    message = await door.message(_message_id(response))
    assert (message.topic, message.delivery_id) == ("order.created", "w1")
    assert (await _post(api, door, headers=_shopify())).status_code == 401


@pytest.mark.parametrize("source", ["amazon", "generic", "magento", "mirakl", "walmart", "x12"])
async def test_all_others_sign_by_standard_webhooks(
    api: ApiUnderTest, tenant: TenantUnderTest, source: str
) -> None:
    door = await _signed_door(tenant, source=source, kind="edi")
    body = purchase_order().encode()
    now = system_clock()
    headers = sign_standard(body, identity="m1", secret=SECRET, sent_at=now)
    response = await _post(api, door, body, headers)
    assert response.status_code == 202
    assert (await door.message(_message_id(response))).delivery_id == "m1"
    old = sign_standard(body, identity="m2", secret=SECRET, sent_at=now - timedelta(hours=1))
    other = sign_standard(b"else", identity="m3", secret=SECRET, sent_at=now)
    for wrong in (old, other, {}):
        refused = await _post(api, door, body, wrong)
        assert (refused.status_code, refused.json()) == (401, UNSIGNED)


async def test_whoever_is_refused_learns_nothing_of_tenants_and_channels(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await _signed_door(tenant)
    closed = await _signed_door(tenant)
    without_secret = await new_door(tenant)
    elsewhere = await _signed_door(await new_tenant(tenant.engine, now=tenant.now))
    async with tenant.work() as work:
        await update_channel(work, channel_id=closed.channel_id, status="closed")
    tampered = BODY + b" "
    refused = [
        await _post(api, door, headers={}),
        await _post(api, door, tampered, _shopify()),
        await _post(api, door, headers=_shopify(secret=SECRET + "x")),
        await _post(api, door, headers=_shopify() | {"x-shopify-hmac-sha256": b"\xff not base64"}),
        await _post(api, door, headers=_shopify(), channel="NOBODY"),
        await _post(api, door, headers=_shopify(), tenant="nobody"),
        await _post(api, door, headers=_shopify(), channel=elsewhere.code),
        await _post(api, closed, headers=_shopify()),
        await _post(api, without_secret, headers=_shopify()),
        await _post(api, without_secret, headers=_shopify(secret="")),
    ]
    assert [(r.status_code, r.json()) for r in refused] == [(401, UNSIGNED)] * len(refused)


async def test_a_first_call_of_woocommerce_is_answered_alike_everywhere(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await _signed_door(tenant, source="woocommerce")
    pings = [
        await _post(api, door, b"webhook_id=7"),
        await _post(api, door, b"webhook_id=7", channel="NOBODY"),
        await _post(api, door, b"webhook_id=7", tenant="nobody"),
    ]
    assert [(r.status_code, r.json()) for r in pings] == [(200, {"outcome": "pong"})] * 3
    assert (await _post(api, door, b"webhook_id=7&more=1")).status_code == 401


async def test_a_body_that_is_too_large_is_refused_before_anything_else(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await _signed_door(tenant)
    too_large = b" " * (LARGEST_DOCUMENT + 1)
    response = await _post(api, door, too_large)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "TOO_LARGE")
    just_right = b" " * LARGEST_DOCUMENT
    accepted = await _post(api, door, just_right, _shopify(just_right))
    assert accepted.status_code == 202


async def test_the_tenant_must_be_named(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    door = await _signed_door(tenant)
    unnamed = await api.http.post(f"/intake/{door.code}", content=BODY, headers=_shopify())
    assert (unnamed.status_code, unnamed.json()["error"]["code"]) == (400, "BAD_INPUT")
    named = await api.http.post(
        f"/intake/{door.code}", content=BODY, headers=_shopify() | {"x-tenant": tenant.slug}
    )
    assert named.status_code == 202


async def test_a_bearer_token_with_the_right_stands_for_a_signature(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    door = await new_door(tenant)
    other = await new_door(await new_tenant(tenant.engine, now=tenant.now))
    sender = await api.user(tenant, "intake.ingest")
    reader = await api.user(tenant, "intake.read")
    told = {"authorization": f"Bearer {sender.token}", "content-disposition": 'x; filename="a.b"'}
    response = await _post(api, door, headers=told)
    assert response.status_code == 202
    assert (await door.message(_message_id(response))).filename == "a.b"
    absent = await _post(api, door, headers=told, channel=other.code)
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "NOT_FOUND")
    for code in (door.code, "NOBODY"):
        headers = {"authorization": f"Bearer {reader.token}"}
        refused = await _post(api, door, headers=headers, channel=code)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    for wrong in ("Bearer nonsense", "Basic eDp5"):
        unknown = await _post(api, door, headers={"authorization": wrong})
        assert unknown.status_code == 401


async def test_only_posts_are_taken(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    door = await _signed_door(tenant)
    assert (await api.http.get(f"/intake/{door.code}")).status_code == 405
