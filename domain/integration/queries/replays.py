"""Reads: replays of webhooks and how far they are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.integration.models import WebhookReplay
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

REPLAYS_NEWEST_FIRST = Ordering((WebhookReplay.id,), descending=True)


@query("webhooks.read")
async def webhook_replays(
    reader: Reader, *, ordering: Ordering = REPLAYS_NEWEST_FIRST, request: PageRequest
) -> Listing:
    """A page of replays, newest first. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _replays(reader), ordering=ordering, request=request)


@query("webhooks.read")
async def webhook_replays_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The replays with these ids; one that is not the tenant's misses."""
    rows = await reader.rows(_replays(reader).where(WebhookReplay.id.in_(ids)))
    return {row.id: row for row in rows}


def _replays(reader: Reader) -> Select[Any]:
    return select(*WebhookReplay.__table__.c).where(WebhookReplay.tenant_id == reader.tenant_id)
