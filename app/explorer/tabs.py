"""The documents that the page shows: a tour of the demo company as tabs, all of them at hand."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import parse, print_ast
from graphql.utilities import separate_operations

from api.door.persisted import OPERATIONS


@dataclass(frozen=True, slots=True)
class Tab:
    """One operation of graphql/operations, with variables that the demo company answers."""

    name: str
    variables: dict[str, Any] = field(default_factory=dict)


TOUR = (
    Tab("Viewer"),
    Tab("MasterData", {"first": 10}),
    Tab("Catalogue", {"first": 10}),
    Tab("StockOverview", {"first": 20}),
    Tab(
        "PlaceOrder",
        {
            "input": {
                "channelCode": "web",
                "externalId": "tour-1",
                "lines": [
                    {"code": "TEA-GREEN", "quantity": "2", "unit": "EA", "unitPrice": "8.50"},
                    {"code": "MUG-BLUE", "quantity": "1", "unit": "EA", "unitPrice": "14.00"},
                ],
            },
            "key": "tour-1",
        },
    ),
    Tab("OrderList", {"first": 10}),
    Tab("OrderChanged"),
    Tab("WorkAtLocation", {"first": 10}),
    Tab("StockMovements", {"first": 10}),
    Tab("JournalsTraced", {"first": 10}),
    Tab("Exceptions", {"first": 10}),
    Tab("ImportColumns", {"kind": "ITEMS"}),
)


@cache
def documents() -> dict[str, str]:
    """Every operation of graphql/operations with its fragments, by name."""
    paths = sorted(OPERATIONS.glob("*.graphql")) if OPERATIONS.is_dir() else []
    return {
        name: print_ast(document)
        for path in paths
        for name, document in separate_operations(parse(path.read_text())).items()
    }
