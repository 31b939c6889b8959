"""The two statements of every change of cost: the rows are locked and read, and written.

Both are functions of the database, so that a shipment pays for no more than that."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    bindparam,
    column,
    func,
    select,
)

from domain.kernel.prepared import Prepared

_COST = (
    *(("owner_id", BigInteger), ("item_id", BigInteger), ("quantity", Numeric)),
    *(("value_minor", BigInteger), ("method", Text), ("method_position", BigInteger)),
    *(("standard_cost", Numeric), ("last_unit_minor", Numeric), ("pending", Numeric)),
    *(("consigned", Numeric), ("written_down_minor", BigInteger), ("position", BigInteger)),
    *(("last_on", Date), ("currency", Text), ("lends", Boolean)),
)
_LAYER = (
    *(("layer_id", BigInteger), ("standing", Text), ("quantity_left", Numeric)),
    *(("value_left_minor", BigInteger), ("source_kind", Text), ("source_id", BigInteger)),
    *(("unit_price", Numeric),),
)


def _opening() -> Prepared:
    """Locks the costs of (owners, items), in that order, making those that are to be made; a row
    for each with each layer of it that is needed."""
    found = func.open_costs(
        bindparam("tenant", type_=Integer),
        bindparam("owners", type_=ARRAY(BigInteger)),
        bindparam("items", type_=ARRAY(BigInteger)),
        bindparam("needs", type_=ARRAY(Numeric)),
        bindparam("makes", type_=Boolean),
        bindparam("today", type_=Date),
    ).table_valued(*(column(name, kind) for name, kind in (*_COST, *_LAYER)))
    return Prepared(select(*found.c))


def _writing() -> Prepared:
    """Writes what happened to costs; the ids of the new layers and issues, in their order."""
    written = func.write_costs(
        bindparam("tenant", type_=Integer),
        bindparam("book", type_=Text),
        bindparam("today", type_=Date),
        bindparam("moment", type_=DateTime(timezone=True)),
    ).table_valued(column("layer_ids", ARRAY(BigInteger)), column("issue_ids", ARRAY(BigInteger)))
    return Prepared(select(*written.c))


OPEN, WRITE = _opening(), _writing()
