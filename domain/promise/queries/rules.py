"""The rules of promises."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.promise.models import PromiseRule


@query("promise.read")
async def promise_rules(reader: Reader) -> Sequence[Row[Any]]:
    """All rules that were set; the one for all channels first. A partner sees none."""
    return await reader.rows(_rules(reader).order_by(PromiseRule.channel_id.nulls_first()))


@query("promise.read")
async def promise_rules_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rules with these ids."""
    rows = await reader.rows(_rules(reader).where(PromiseRule.id.in_(ids)))
    return {row.id: row for row in rows}


def _rules(reader: Reader) -> Select[Any]:
    return select(*PromiseRule.__table__.c).where(PromiseRule.tenant_id == reader.tenant_id)
