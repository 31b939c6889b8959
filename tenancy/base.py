"""The base of every table: tenant first in every key, so that a reference across tenants
cannot be written."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Identity, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_1_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one declarative base; its metadata is what migrations and the architecture tests read."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}  # noqa: RUF012


class TenantOwned:
    """Mixed into every table that holds a tenant's rows."""

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # autoincrement said outright: in a key of two columns SQLAlchemy would not see it by itself,
    # and would insert row by row wherever the ids are wanted back in the order of the rows.
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, autoincrement=True)


def reference(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key from `column` to `table`, within the tenant.

    Options go to the constraint (`deferrable`, `ondelete` and so on)."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options
    )
