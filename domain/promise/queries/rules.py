"""The rules of promises."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.promise.models import PromiseRule


@query("promise.read")
async def promise_rules(reader: Reader) -> Sequence[Row[Any]]:
    """All rules that were set; the one for all channels first. A partner sees it, and the
    portal's."""
    return await reader.rows(_rules(reader).order_by(PromiseRule.channel_id.nulls_first()))


@query("promise.read")
async def promise_rules_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rules with these ids."""
    rows = await reader.rows(_rules(reader).where(PromiseRule.id.in_(ids)))
    return {row.id: row for row in rows}


def _rules(reader: Reader) -> Select[Any]:
    rules = select(*PromiseRule.__table__.c).where(PromiseRule.tenant_id == reader.tenant_id)
    if not reader.principal.is_partner:
        return rules
    # A partner orders through the portal; the other channels are none of its business.
    portals = select(Channel.id).where(
        Channel.tenant_id == reader.tenant_id, Channel.kind == "portal"
    )
    return rules.where(or_(PromiseRule.channel_id.is_(None), PromiseRule.channel_id.in_(portals)))
