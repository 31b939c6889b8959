"""A schema with everything that can go right and wrong in an execution, for comparing executors.

What objects hold is drawn from a seed, so that two equal worlds can be made. Each resolver
notes that it ran, and each loader what it was asked for together."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any, Union

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.permission import BasePermission

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class World:
    """One execution's context: what happened, and the loader."""

    seed: int
    document: Any = None
    log: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loader: DataLoader[int, Any] = DataLoader(load_fn=self._load)

    async def _load(self, keys: list[int]) -> list[Any]:
        self.log.append(("batch", tuple(keys)))
        await asyncio.sleep(0)
        return [self._loaded(key) for key in keys]

    def _loaded(self, key: int) -> Any:
        draw = Random(f"{self.seed}/{key}")
        if draw.random() < 0.1:
            return ValueError(f"no {key}")
        return None if draw.random() < 0.1 else leaf(draw)

    async def load(self, key: int) -> Any:
        """Shielded, as all our loading is: a cancelled neighbour cancels nobody's batch."""
        return await asyncio.shield(self.loader.load(key))


Info = strawberry.Info[World, None]


@strawberry.enum
class Color(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.input
class Filter:
    least: int = 2
    names: list[str] | None = None
    color: Color | None = None


class Refused(BasePermission):
    message = "Not for you."

    def has_permission(self, source: Any, info: Any, **_: Any) -> bool:
        return bool(info.context.seed % 2)


@strawberry.interface
class Named:
    id: strawberry.ID
    name: str
    note: str | None


@strawberry.type
class Leaf(Named):
    count: int
    ratio: float | None
    open: bool
    color: Color | None
    price: Decimal
    at: datetime | None
    tags: list[str]
    matrix: list[list[int | None]] | None


@strawberry.type
class Lone:
    x: int
    words: list[str | None] | None


AnyThing = Annotated[Union["Leaf", "Box", "Lone"], strawberry.union("AnyThing")]


async def _after(info: Info, name: str, turns: int) -> None:
    info.context.log.append((name, tuple(info.path.as_list()), len(info._raw_info.field_nodes)))
    for _ in range(turns):
        await asyncio.sleep(0)
    info.context.log.append((name, "done"))


@strawberry.type
class Box(Named):
    size: int
    best: Leaf
    second: Leaf | None
    leaves: list[Leaf]
    mixed: list[Named | None]
    things: list[AnyThing] | None
    boxes: list["Box"]
    draw: strawberry.Private[Random]

    def _fate(self, good: Any) -> Any:
        """Mostly the good value; sometimes nothing, sometimes an error."""
        fate = self.draw.random()
        if fate < 0.08:
            raise ValueError(f"bad luck in {self.name}")
        return None if fate < 0.16 else good

    @strawberry.field
    def now(self, info: Info, by: int = 1) -> int | None:
        info.context.log.append(("now", tuple(info.path.as_list()), by))
        self.size += 1
        return self._fate(by)  # type: ignore[no-any-return]

    @strawberry.field
    def must(self) -> str:
        return self._fate("must")  # type: ignore[no-any-return]

    @strawberry.field
    async def later(self, info: Info, turns: int = 1) -> str | None:
        await _after(info, "later", min(turns, 5))
        return self._fate("later")  # type: ignore[no-any-return]

    @strawberry.field
    async def surely_later(self, info: Info) -> Leaf:
        await _after(info, "surely", self.draw.randrange(3))
        return self._fate(self.best)  # type: ignore[no-any-return]

    @strawberry.field
    async def loaded(self, info: Info) -> Leaf | None:
        return await info.context.load(self.size % 7)  # type: ignore[no-any-return]

    @strawberry.field
    async def surely_loaded(self, info: Info) -> Leaf:
        return await info.context.load(self.size % 5)  # type: ignore[no-any-return]

    @strawberry.field
    async def inner(self, info: Info) -> "Box | None":
        await _after(info, "inner", 1)
        return self.boxes[0] if self.boxes else None

    @strawberry.field
    def thing(self) -> AnyThing | None:
        return self._fate(self.things[0] if self.things else None)  # type: ignore[no-any-return]

    @strawberry.field
    def streamed(self) -> list[int]:
        def values() -> Iterator[int]:
            yield from (1, 2, 3)

        return values()  # type: ignore[return-value]

    @strawberry.field
    def promised(self) -> list[int | None]:
        async def value(number: int) -> int:
            await asyncio.sleep(0)
            return number

        # Tasks: a coroutine that nobody comes to await would warn.
        started = [asyncio.ensure_future(value(number)) for number in (1, 2**40)]
        return [started[0], 2, started[1]]  # type: ignore[list-item]

    @strawberry.field
    def found(self, filter: Filter, limit: int | None = None) -> list[str]:
        return [f"{filter.least}{filter.names}{filter.color}{limit}"]

    @strawberry.field(permission_classes=[Refused])
    def secret(self) -> str | None:
        return "secret"

    @strawberry.field(permission_classes=[Refused])
    async def surely_secret(self) -> str:
        return "secret"


def leaf(draw: Random) -> Leaf:
    """A leaf; one in some is not as its type says."""

    def odd(good: Any, *bad: Any) -> Any:
        return draw.choice(bad) if draw.random() < 0.03 else good

    return Leaf(
        id=strawberry.ID(odd(f"leaf{draw.randrange(9)}", None, 3, 2.5)),
        name=odd("leaf", None, ValueError("broken name"), 7, b"x"),
        note=draw.choice(["note", None]),
        count=odd(draw.randrange(99), 2**40, "12", "x", None, True, 3.0),
        ratio=odd(draw.choice([0.5, None]), float("nan"), float("inf"), 3, "1.5"),
        open=odd(True, 0, "yes", None),
        color=odd(draw.choice([Color.RED, Color.BLUE, None]), "BLUE", "green"),
        price=odd(Decimal("1.50"), "abc", None),
        at=odd(draw.choice([MOMENT, None]), "yesterday"),
        tags=odd(["a", "b"], ("c",), None, ["a", None], "text", {"d": 1}, 5),
        matrix=odd([[1, None], [2]], None, [None], [[1, "x"]], [3]),
    )


def box(draw: Random, depth: int = 2) -> Box:
    """A box with what is in it."""

    def some(make: Any, most: int) -> list[Any]:
        return [make() for _ in range(draw.randrange(most + 1))]

    def anything() -> Any:
        made: Any = Lone(x=draw.randrange(9), words=draw.choice([None, ["w", None]]))
        if draw.random() < 0.04:
            return draw.choice([None, "nothing", ValueError("broken thing")])
        return draw.choice([leaf(draw), made, box(draw, 0)])

    def named() -> Any:
        return draw.choice([None, leaf(draw), box(draw, 0)])

    odd = draw.random() < 0.04
    inside: list[Any] = some(lambda: box(draw, depth - 1), 3) if depth else []
    return Box(
        id=strawberry.ID(f"box{draw.randrange(99)}"),
        name="box",
        note=None,
        size=draw.randrange(99),
        best=draw.choice([None, Lone(x=1, words=None)]) if odd else leaf(draw),
        second=draw.choice([leaf(draw), None]),
        leaves=some(lambda: leaf(draw), 4),
        mixed=some(named, 3) if depth else [],
        things=some(anything, 3) if depth else None,
        boxes=inside,
        draw=Random(draw.random()),
    )


@strawberry.type
class Query:
    @strawberry.field
    async def box(self, info: Info) -> Box | None:
        return box(Random(info.context.seed))

    @strawberry.field
    def strict_box(self, info: Info) -> Box:
        return box(Random(info.context.seed + 1))

    @strawberry.field
    async def boxes(self, info: Info, first: int = 2) -> list[Box]:
        return [box(Random(info.context.seed + n), 1) for n in range(max(0, min(first, 4)))]

    @strawberry.field
    def things(self, info: Info) -> list[AnyThing | None] | None:
        return box(Random(info.context.seed + 3)).things  # type: ignore[return-value]

    @strawberry.field
    async def named(self, info: Info) -> Named | None:
        draw = Random(info.context.seed)
        return draw.choice([leaf(draw), box(draw, 1), None])  # type: ignore[arg-type]

    @strawberry.field
    async def echo(self, info: Info, filter: Filter | None = None, text: str = "t") -> str:
        await _after(info, "echo", 1)
        return f"{filter} {text}"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def put(self, info: Info, number: int, turns: int = 1) -> Box | None:
        await _after(info, f"put {number}", max(0, min(turns, 5)))
        return box(Random(info.context.seed + number), 1)

    @strawberry.mutation
    def drop(self, info: Info, number: int) -> int:
        info.context.log.append(("drop", number))
        if number % 5 == 0:
            raise ValueError("cannot drop")
        return number
