"""POST /intake/{channel}: where shops, marketplaces and EDI gateways send their documents.

The document is kept, the sender is told so, and a worker reads it: nothing slow happens here."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.door.headers import request_id_of
from api.ids import global_id
from app.http.services import Services, system_clock
from domain.intake.formats.signatures import verify_shopify, verify_standard, verify_woocommerce
from domain.intake.operations import (
    LARGEST_DOCUMENT,
    receive_message,
    receive_supplier_message,
)
from domain.intake.queries import IntakeChannel, intake_channel
from domain.kernel.activity import Activity, doing, plain_trace_context
from domain.kernel.errors import NotFound
from domain.kernel.reading import reading
from domain.kernel.work import unit_of_work
from tenancy.accounts import tenant_of_slug
from tenancy.failures import AuthenticationFailed
from tenancy.principals import Principal, system_principal

# How each source names the topic and its own id of the delivery.
TOPIC = {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}
DELIVERY = {
    "shopify": "x-shopify-webhook-id",
    "woocommerce": "x-wc-webhook-delivery-id",
}
STANDARD_DELIVERY = "webhook-id"

# WooCommerce tries a new webhook with this, unsigned, and gives up without a 200. The answer is
# the same for every address, so that it tells nobody which channels there are.
PING = re.compile(rb"webhook_id=[0-9]{1,18}\s*")
INGEST = "intake.ingest"
BILL = "procurement.bill"


class Refused(Exception):
    """The document is not taken; `status` is the HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


async def intake(request: Request) -> Response:
    """Take one document: 202 with the message's id, or why not."""
    services: Services = request.app.state.services
    try:
        body = await _body(request)
        if PING.fullmatch(body):
            return JSONResponse({"outcome": "pong"})
        caller = await _caller(services, request)
        tenant_id = await _tenant(services, request, caller)
        channel = await _channel(services, tenant_id, request.path_params["channel"])
        sender = _admitted(channel, caller, request.headers, body, tenant_id)
        supplier_id = None if caller is None else caller.party_id
        message_id = await _keep(services, sender, channel, request, body, supplier_id)
    except Refused as refused:
        error = {"code": refused.code, "message": str(refused)}
        return JSONResponse({"error": error}, status_code=refused.status)
    body_out = {"message_id": global_id("IntakeMessage", message_id), "outcome": "received"}
    return JSONResponse(body_out, status_code=202)


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_DOCUMENT:
            raise Refused(413, "TOO_LARGE", f"At most {LARGEST_DOCUMENT} bytes are taken.")
        chunks.append(chunk)
    return b"".join(chunks)


async def _caller(services: Services, request: Request) -> Principal | None:
    try:
        return await services.authenticator.principal_of(
            request.headers.get("authorization"), request.headers.get("x-tenant"), system_clock()
        )
    except AuthenticationFailed as failure:
        raise Refused(401, "UNAUTHENTICATED", str(failure)) from failure


async def _tenant(services: Services, request: Request, caller: Principal | None) -> int:
    """The tenant of the token, else the one that the address or a header names."""
    if caller is not None:
        return caller.tenant_id
    slug = request.query_params.get("tenant") or request.headers.get("x-tenant")
    if slug is None:
        raise Refused(400, "BAD_INPUT", "Name the tenant: /intake/CHANNEL?tenant=SLUG.")
    tenant = await tenant_of_slug(services.engine, slug)
    if tenant is None or tenant[1] != "active":
        raise _unsigned()
    return tenant[0]


async def _channel(services: Services, tenant_id: int, code: str) -> IntakeChannel | None:
    async with reading(services.engine, system_principal(tenant_id)) as reader:
        found = await intake_channel(reader, code=code)
    if found is None or found.signing_secret is None:
        return found
    secret = services.keys.opened(found.signing_secret, tenant_id=tenant_id)
    return replace(found, signing_secret=secret)


def _admitted(
    channel: IntakeChannel | None,
    caller: Principal | None,
    headers: Mapping[str, str],
    body: bytes,
    tenant_id: int,
) -> Principal:
    """Who sends: a caller with the right, or the channel itself by its signature."""
    if caller is not None:
        if caller.party_id is not None and caller.may(BILL):
            # The intake is none of a supplier's business: what it sends is kept for it.
            return system_principal(tenant_id, name=caller.name)
        if not caller.may(INGEST):
            raise Refused(403, "FORBIDDEN", f"This needs the permission {INGEST}.")
        return caller
    secret = None if channel is None else channel.signing_secret
    if channel is None or secret is None:
        raise _unsigned()
    if not _is_signed(channel, secret, headers, body, system_clock()):
        raise _unsigned()
    return system_principal(tenant_id, name=f"channel {channel.code}")


def _is_signed(
    channel: IntakeChannel, secret: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    if channel.source == "shopify":
        return verify_shopify(body, headers, secret)
    if channel.source == "woocommerce":
        return verify_woocommerce(body, headers, secret)
    return verify_standard(body, headers, secret, now=now)


def _unsigned() -> Refused:
    """One answer for no such tenant, no such channel and a wrong signature."""
    return Refused(401, "UNAUTHENTICATED", "The signature is missing or wrong.")


async def _keep(
    services: Services,
    sender: Principal,
    channel: IntakeChannel | None,
    request: Request,
    body: bytes,
    supplier_id: int | None,
) -> int:
    if channel is None:
        # Only a caller with the right to send comes here, and only to channels of its own tenant.
        raise _unknown()
    headers = request.headers
    request_id = request_id_of(headers)
    activity = Activity(
        "http",
        "intake",
        tenant_id=sender.tenant_id,
        request_id=request_id,
        principal=sender,
        trace_context=plain_trace_context(headers.get("traceparent")),
    )
    with doing(activity):
        async with unit_of_work(
            services.engine, sender, now=system_clock(), request_id=request_id
        ) as work:
            told = {
                "filename": _filename(headers),
                "content_type": headers.get("content-type"),
                "topic": headers.get(TOPIC.get(channel.source, "")),
                "delivery_id": headers.get(DELIVERY.get(channel.source, STANDARD_DELIVERY)),
            }
            if supplier_id is None:
                return await receive_message(work, channel_code=channel.code, raw=body, **told)
            try:
                return await receive_supplier_message(
                    work, channel_code=channel.code, supplier_id=supplier_id, raw=body, **told
                )
            except NotFound as unknown:
                raise _unknown() from unknown


def _unknown() -> Refused:
    return Refused(404, "NOT_FOUND", "There is no such active channel.")


def _filename(headers: Mapping[str, str]) -> str | None:
    _, marker, name = headers.get("content-disposition", "").partition("filename=")
    return name.strip('"') if marker else None
