"""How suppliers do: figures with their numerator, denominator and basis, and the orders behind."""

from collections.abc import Sequence

from sqlalchemy import func, select

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.procurement.models import PurchaseOrder
from domain.procurement.queries.orders import LATEST_FIRST, all_orders
from domain.procurement.rating import BY_NAME, MEASURES, Window, rated_lines


@query("procurement.read")
async def supplier_ratings(
    reader: Reader,
    *,
    window: Window,
    supplier_ids: Sequence[int] | None = None,
    request: PageRequest,
) -> Listing:
    """A page of the suppliers with orders in the window: supplier_id, and for each measure
    {name}_numerator and {name}_denominator (None or zero: nothing counts). A supplier sees its
    own."""
    lines = rated_lines(reader, window)
    figures = []
    for measure in MEASURES:
        counts = measure.counts(lines.c, window)
        for part, value in (
            ("numerator", measure.numerator(lines.c)),
            ("denominator", measure.denominator(lines.c)),
        ):
            figures.append(func.sum(value).filter(counts).label(f"{measure.name}_{part}"))
    rated = select(lines.c.supplier_id, *figures).group_by(lines.c.supplier_id).subquery()
    statement = select(rated)
    if supplier_ids is not None:
        statement = statement.where(rated.c.supplier_id.in_(supplier_ids))
    ordering = Ordering((rated.c.supplier_id,))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("procurement.read")
async def rated_orders(
    reader: Reader,
    *,
    window: Window,
    supplier_id: int,
    measure: str,
    missed_only: bool = False,
    request: PageRequest,
) -> Listing:
    """A page of a supplier's orders with lines that count for a measure, or only those that make
    it worse; as `purchase_orders` gives them."""
    lines = rated_lines(reader, window)
    asked = BY_NAME[measure]
    counted = select(lines.c.order_id).where(
        lines.c.supplier_id == supplier_id, asked.counts(lines.c, window)
    )
    if missed_only:
        counted = counted.where(asked.missed(lines.c))
    statement = all_orders(reader).where(PurchaseOrder.id.in_(counted))
    return await list_page(reader, statement, ordering=LATEST_FIRST, request=request)
