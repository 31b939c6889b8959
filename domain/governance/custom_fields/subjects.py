"""The kinds of object that may have custom fields, and that a field may refer to."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BigInteger, Table, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from tenancy.base import Base


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSubject:
    """A kind of object: its table, and the permission that setting its fields needs."""

    name: str
    table_name: str
    permission: str

    @property
    def table(self) -> Table:
        """The table of its rows, known by name: its area stands above this one."""
        return Base.metadata.tables[self.table_name]


SUBJECTS = {
    subject.name: subject
    for subject in (
        FieldSubject(name="item", table_name="item", permission="catalog.manage"),
        FieldSubject(name="party", table_name="party", permission="entities.manage"),
        FieldSubject(name="location", table_name="location", permission="entities.manage"),
        FieldSubject(name="legal_entity", table_name="legal_entity", permission="entities.manage"),
        FieldSubject(name="channel", table_name="channel", permission="channels.manage"),
        FieldSubject(name="order", table_name="sales_order", permission="orders.amend"),
    )
}


async def require_objects(reader: Reader, subject: str, object_ids: Collection[int]) -> None:
    """Raise NotFound unless the tenant has all of these objects. One statement."""
    table = SUBJECTS[subject].table
    found = await reader.values(
        select(table.c.id).where(
            table.c.tenant_id == reader.tenant_id,
            table.c.id == any_(literal(sorted(object_ids), ARRAY(BigInteger))),
        )
    )
    if set(found) != set(object_ids):
        raise NotFound(subject.replace("_", " "))
