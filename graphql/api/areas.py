"""The areas of the API. An area is added by naming its folder here: each of its classes that is
called a Query, a Mutation or a Subscription has root fields of the schema."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from api.access.signing_in import ViewerQuery
from api.access.users import UserQuery
from api.nodes import Node, NodeQuery

AREAS = (
    *("access", "apps", "entities", "channels", "catalog", "pricing"),
    *("imports", "onboarding", "operators"),
    *("approvals", "governance", "audit", "events", "webhooks"),
    *("inventory", "promise", "procurement", "orders", "allocation", "fulfilment", "returns"),
    *("ledger", "finance", "payouts", "intercompany", "close", "consolidation", "intake"),
)


def _modules() -> Iterator[ModuleType]:
    for area in AREAS:
        package = importlib.import_module(f"api.{area}")
        for found in pkgutil.iter_modules(package.__path__, prefix=f"api.{area}."):
            yield importlib.import_module(found.name)


def _root_types(kind: str) -> tuple[type, ...]:
    """The classes whose name ends so, but for objects that are called so themselves."""
    return tuple(
        found
        for module in _modules()
        for name, found in vars(module).items()
        if name.endswith(kind)
        and isinstance(found, type)
        and found.__module__ == module.__name__
        and hasattr(found, "__strawberry_definition__")
        and not issubclass(found, Node)
    )


# Who asks comes first: outside judges page through the first list that there is, and every tenant
# has users.
QUERIES = tuple(dict.fromkeys((NodeQuery, ViewerQuery, UserQuery, *_root_types("Query"))))
MUTATIONS = _root_types("Mutation")
SUBSCRIPTIONS = _root_types("Subscription")
