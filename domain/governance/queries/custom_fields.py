"""Custom fields, and what objects have in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.governance.models import CustomField, CustomFieldValue
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_CODE = Ordering((CustomField.subject, CustomField.code, CustomField.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFilter:
    """Which fields; what is None does not narrow."""

    subject: str | None = None
    code: str | None = None
    status: str | None = None


@query("custom_fields.read")
async def custom_fields(
    reader: Reader, *, where: FieldFilter, ordering: Ordering = BY_CODE, request: PageRequest
) -> Listing:
    """A page of the fields, by kind of object and code."""
    return await list_page(reader, _fields(reader, where), ordering=ordering, request=request)


@query("custom_fields.read")
async def custom_fields_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The fields with these ids; an id of no field is left out."""
    statement = _fields(reader, FieldFilter()).where(CustomField.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("custom_fields.read")
async def values_of_objects(
    reader: Reader, *, subject: str, ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What each of these objects of a kind has, with the field's own columns, by code. One
    statement."""
    field, value = CustomField, CustomFieldValue
    rows = await reader.rows(
        select(*field.__table__.c, value.subject_id, value.text_value, value.number_value)
        .join(value, (value.tenant_id == field.tenant_id) & (value.field_id == field.id))
        .where(
            field.tenant_id == reader.tenant_id,
            field.subject == subject,
            value.tenant_id == reader.tenant_id,
            value.subject_id == any_(literal(list(ids), ARRAY(BigInteger))),
        )
        .order_by(field.code)
    )
    found: dict[int, list[Row[Any]]] = {object_id: [] for object_id in ids}
    for row in rows:
        found[row.subject_id].append(row)
    return found


def _fields(reader: Reader, where: FieldFilter) -> Select[Any]:
    statement = select(*CustomField.__table__.c).where(CustomField.tenant_id == reader.tenant_id)
    for name in ("subject", "code", "status"):
        wanted = getattr(where, name)
        if wanted is not None:
            statement = statement.where(getattr(CustomField, name) == wanted)
    return statement
