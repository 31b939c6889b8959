"""The kinds of configuration that may be governed. An area adds one by one declaration:

    @configurable("price_list", title="Price list", snapshot=…, validate=…)
    async def apply_price_list(work: Work, key: str | None, proposal: Content) -> str: …

A content is a mapping of the object's fields to plain JSON values; a proposal names the fields
that it changes. A field of `keyed` holds many parts by their keys, of which a proposal names some
(the prices of a list), null where one is taken away."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from domain.kernel.errors import NotFound
from domain.kernel.work import Work

Content = dict[str, Any]
# The proposal as it is to be kept, or raises InvalidInput, NotFound. It may ask what the caller
# holds: the work is the requester's.
Validate = Callable[[Work, str | None, Content], Awaitable[Content]]
# What stands now in the places that the proposal names; {} for an object that is yet to be made.
# The object stays locked until the end of the work. Raises NotFound.
Snapshot = Callable[[Work, str | None, Content], Awaitable[Content]]
# Make it so, by the area's own operations; gives the object's key.
Apply = Callable[[Work, str | None, Content], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of configuration: what it is called, whose process it belongs to (if one's), and
    the functions that read, check and change it."""

    name: str
    title: str
    process: str | None
    keyed: frozenset[str]
    validate: Validate
    snapshot: Snapshot
    apply: Apply


_kinds: dict[str, Kind] = {}


def configurable(
    name: str,
    *,
    title: str,
    validate: Validate,
    snapshot: Snapshot,
    process: str | None = None,
    keyed: Collection[str] = (),
) -> Callable[[Apply], Apply]:
    """Declare a kind, by the function that carries a proposal out."""

    def declare(apply: Apply) -> Apply:
        _kinds[name] = Kind(
            name=name,
            title=title,
            process=process,
            keyed=frozenset(keyed),
            validate=validate,
            snapshot=snapshot,
            apply=apply,
        )
        return apply

    return declare


def kind_named(name: str) -> Kind:
    """The declared kind. Raises NotFound."""
    if name not in _kinds:
        raise NotFound("kind of configuration")
    return _kinds[name]


def all_kinds() -> list[Kind]:
    """Every declared kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
