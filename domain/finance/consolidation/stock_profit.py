"""What entities of a group earned on goods that are in the stock of others of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from domain.finance.consolidation.policies.capital import Unrealised
from domain.finance.consolidation.policies.eliminating import parted
from domain.finance.consolidation.policies.sellers import SoldLayer, Source, sellers_in
from domain.finance.consolidation.scope import Scope
from domain.inventory.valuation.values import ProfitInStock, unrealised_profit
from domain.kernel.reading import Reader

# The layers, and those that they were taken of when they were sold here or had left before they
# came back. Each with who sold it by a transfer, or to whoever's customer sent it back.
_LAYERS = text("""
    WITH RECURSIVE reached AS (
        SELECT l.id, NULL::bigint AS into_id, NULL::bigint AS issue_id,
               0::numeric AS issue_quantity, 0::numeric AS profit, 1 AS deep
        FROM cost_layer l WHERE l.tenant_id = :tenant_id AND l.id = ANY(:layers)
        UNION ALL
        SELECT f.id, r.id, i.id, i.quantity, f.profit_minor * k.quantity / f.quantity, r.deep + 1
        FROM reached r
        JOIN cost_layer l ON l.tenant_id = :tenant_id AND l.id = r.id
        LEFT JOIN intercompany_trade t ON t.tenant_id = :tenant_id
             AND l.source_kind = 'transfer_order' AND t.transfer_id = l.source_id
        JOIN cost_issue i ON i.tenant_id = :tenant_id
             AND (i.id = l.issue_id OR (i.source_kind = 'transfer_order'
                  AND i.source_id = t.transfer_id AND i.owner_id = t.supplier_id
                  AND i.item_id = l.item_id))
        JOIN cost_taking k ON k.tenant_id = :tenant_id AND k.issue_id = i.id
        JOIN cost_layer f ON f.tenant_id = :tenant_id AND f.id = k.layer_id
             AND f.profit_minor <> 0
        WHERE r.deep < 8
    )
    SELECT DISTINCT r.id, r.into_id, r.issue_id, r.issue_quantity, r.profit, l.quantity,
           l.profit_minor, coalesce(t.supplier_id, back.supplier_id) AS seller_id,
           coalesce(said.sold, 0)::bigint AS sold_minor,
           coalesce(said.bought, 0)::bigint AS bought_minor
    FROM reached r
    JOIN cost_layer l ON l.tenant_id = :tenant_id AND l.id = r.id
    LEFT JOIN intercompany_trade t ON t.tenant_id = :tenant_id
         AND l.source_kind = 'transfer_order' AND t.transfer_id = l.source_id
         AND t.buyer_id = l.owner_id
    LEFT JOIN LATERAL (
        SELECT sum(p.supplier_net_minor) AS sold, sum(p.buyer_net_minor) AS bought
        FROM intercompany_entry e
        JOIN intercompany_entry_line p ON p.tenant_id = :tenant_id AND p.entry_id = e.id
        WHERE e.tenant_id = :tenant_id AND e.trade_id = t.id
    ) said ON true
    LEFT JOIN LATERAL (
        SELECT c.supplier_id
        FROM return_unit u
        JOIN return_line n ON n.tenant_id = :tenant_id AND n.id = u.line_id
        JOIN intercompany_trade_line x ON x.tenant_id = :tenant_id
             AND x.order_line_id = n.order_line_id
        JOIN intercompany_trade c ON c.tenant_id = :tenant_id AND c.id = x.trade_id
             AND c.buyer_id = l.owner_id
        WHERE u.tenant_id = :tenant_id AND l.source_kind = 'return_unit' AND u.id = l.source_id
          AND l.issue_id IS NULL
        LIMIT 1
    ) back ON true
    ORDER BY r.id, r.into_id, r.issue_id
""").bindparams(bindparam("layers", type_=ARRAY(BigInteger)))


async def in_stock(reader: Reader, scope: Scope) -> list[Unrealised]:
    """What entities earned on goods that are in the stock of others, by seller and owner. Of
    goods of which nobody knows who sold them the seller is None. Three statements at most."""
    now = await unrealised_profit(reader, scope.entity_ids, scope.span.as_of)
    before = await unrealised_profit(reader, scope.entity_ids, scope.span.opening_on)
    parts = await _parts(reader, [*now, *before])
    sums: dict[tuple[int | None, int], list[int]] = defaultdict(lambda: [0, 0])
    for place, layers in enumerate((now, before)):
        for layer in layers:
            for seller, profit in parts[layer].items():
                sums[seller, layer.owner_id][place] += profit
    return [
        Unrealised(
            seller_id=seller,
            owner_id=owner,
            currency=scope.currencies[owner],
            closing_minor=closing,
            opening_minor=opening if _is_old(scope, seller, owner) else 0,
        )
        for (seller, owner), (closing, opening) in sorted(sums.items(), key=str)
        if (closing or opening) and (seller is None or seller in scope.shares)
    ]


async def layers_between(
    reader: Reader, scope: Scope, seller_id: int | None, owner_id: int
) -> list[int]:
    """The ids of layers of an owner that an entity earned on and that were not gone at the end."""
    layers = await unrealised_profit(reader, [owner_id], scope.span.as_of)
    parts = await _parts(reader, layers)
    return [each.layer_id for each in layers if parts[each].get(seller_id)]


def _is_old(scope: Scope, seller_id: int | None, owner_id: int) -> bool:
    """Whether both belonged to the group before the period began."""
    joined = [scope.joined.get(each) for each in (seller_id, owner_id) if each is not None]
    return all(day is None or day <= scope.span.opening_on for day in joined)


async def _parts(
    reader: Reader, found: Collection[ProfitInStock]
) -> Mapping[ProfitInStock, dict[int | None, int]]:
    """The profit in each of these layers, by who earned it."""
    if not found:
        return {}
    rows = await reader.rows(
        _LAYERS,
        {"tenant_id": reader.tenant_id, "layers": sorted({each.layer_id for each in found})},
    )
    sources: dict[int, list[Source]] = defaultdict(list)
    for row in rows:
        if row.into_id is not None:
            sources[row.into_id].append(
                Source(
                    issue_id=row.issue_id,
                    issue_quantity=row.issue_quantity,
                    layer_id=row.id,
                    profit=row.profit,
                )
            )
    layers = {
        row.id: SoldLayer(
            layer_id=row.id,
            quantity=row.quantity,
            profit_minor=row.profit_minor,
            seller_id=row.seller_id,
            sold_minor=row.sold_minor,
            bought_minor=row.bought_minor,
        )
        for row in rows
    }
    return {each: _part(each, layers, sources) for each in found}


def _part(
    found: ProfitInStock,
    layers: Mapping[int, SoldLayer],
    sources: Mapping[int, Sequence[Source]],
) -> dict[int | None, int]:
    sellers = sellers_in(found.layer_id, layers, sources)
    parts = parted(found.profit_minor, list(sellers.values()))
    return dict(zip(sellers, parts, strict=True))
