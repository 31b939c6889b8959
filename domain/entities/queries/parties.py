"""Parties, by id and as a list, with their addresses and identifiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    false,
    select,
)
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.entities.models import Party, PartyAddress, PartyIdentifier
from domain.kernel.grouping import grouped
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader

BY_CODE = Ordering((Party.code, Party.id))
ORDERINGS = {"code": BY_CODE, "name": Ordering((Party.name, Party.id))}
ROLES = {
    "customer": Party.is_customer,
    "supplier": Party.is_supplier,
    "carrier": Party.is_carrier,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFilter:
    """Which parties; what is None does not narrow. `role` is customer, supplier or carrier."""

    code: str | None = None
    role: str | None = None
    parent_id: int | None = None
    status: str | None = None
    # A selection of ids that narrows as well: what custom fields hold.
    among: Select[Any] | None = None


@query("entities.read")
async def parties(
    reader: Reader, *, where: PartyFilter, ordering: Ordering = BY_CODE, request: PageRequest
) -> Page:
    """A page of parties. Raises InvalidInput on a foreign cursor."""
    return await fetch_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("entities.read")
async def party_count(reader: Reader, *, where: PartyFilter) -> int:
    """How many parties the whole list has."""
    return await count_rows(reader, _listed(reader, where))


@query("entities.read")
async def parties_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The parties with these ids; an id of no visible row is left out."""
    if _knows_none(reader):
        return {}
    given = {"of_tenant": reader.tenant_id, "ids": list(ids)}
    return {row.id: row for row in await reader.rows(_OF_IDS, given)}


@query("entities.read")
async def party_addresses(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The addresses of each of these parties, by kind and code."""
    statement = (
        _visible(reader, select(*PartyAddress.__table__.c))
        .join(Party, _of_party(PartyAddress))
        .where(PartyAddress.tenant_id == reader.tenant_id, PartyAddress.party_id.in_(ids))
        .order_by(PartyAddress.party_id, PartyAddress.kind, PartyAddress.code)
    )
    return grouped(ids, await reader.rows(statement), key="party_id")


@query("entities.read")
async def party_identifiers(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The codes of each of these parties; those without a channel first."""
    statement = (
        _visible(reader, select(*PartyIdentifier.__table__.c))
        # A partner sees its own party only, and with it only its own codes.
        .join(Party, _of_party(PartyIdentifier))
        .where(PartyIdentifier.tenant_id == reader.tenant_id, PartyIdentifier.party_id.in_(ids))
        .order_by(
            PartyIdentifier.party_id,
            PartyIdentifier.channel_id.asc().nulls_first(),
            PartyIdentifier.value,
        )
    )
    return grouped(ids, await reader.rows(statement), key="party_id")


# Its text is made once: most lists of documents name their parties.
_OF_IDS = Prepared(
    select(*Party.__table__.c).where(
        Party.tenant_id == bindparam("of_tenant", type_=Integer),
        Party.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
    )
)


def _of_party(child: Any) -> ColumnElement[bool]:
    return and_(Party.tenant_id == child.tenant_id, Party.id == child.party_id)


def _all(reader: Reader) -> Select[Any]:
    return _visible(reader, select(*Party.__table__.c))


def _knows_none(reader: Reader) -> bool:
    """A customer is narrowed by the database to itself; a 3PL knows no parties at all."""
    return reader.principal.location_id is not None


def _visible(reader: Reader, statement: Select[Any]) -> Select[Any]:
    if _knows_none(reader):
        statement = statement.where(false())
    return statement.where(Party.tenant_id == reader.tenant_id)


def _listed(reader: Reader, where: PartyFilter) -> Select[Any]:
    statement = _all(reader)
    if where.code is not None:
        statement = statement.where(Party.code == where.code)
    if where.role is not None:
        statement = statement.where(ROLES[where.role])
    if where.parent_id is not None:
        # A customer's parent is out of its sight: it is not told by a guess either.
        seen = aliased(Party)
        parent = select(seen.id).where(
            seen.tenant_id == reader.tenant_id, seen.id == where.parent_id
        )
        statement = statement.where(Party.parent_id.in_(parent))
    if where.status is not None:
        statement = statement.where(Party.status == where.status)
    if where.among is not None:
        statement = statement.where(Party.id.in_(where.among))
    return statement
