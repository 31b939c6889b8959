"""Every document of graphql/operations, as somebody of the demo company sends it: it is valid and
answered, and takes as many statements and points as statements.json says, on pages of any size.

A figure that changed for a good reason: CROSSDOCK_WRITE_FIGURES=1 pytest this file."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from api.ids import global_id
from tests.factories.audit import audited_documents
from tests.factories.client import DOCUMENTS, operations
from tests.factories.demo_history import LENGTHS, live_through
from tests.factories.demo_stage import Played, demo_stage
from tests.factories.document_cast import PARTNERS, PLAYS
from tests.factories.document_plays import Scene, keyed, order_lines
from tests.factories.schema_walk import root_fields, selection_of

FIGURES = Path(__file__).with_name("statements.json")
WRITES = bool(os.environ.get("CROSSDOCK_WRITE_FIGURES"))
RECORDED: dict[str, dict[str, int]] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
# Fifteen more rows may refer to an object of a kind that the first five did not.
OF_OTHER_KINDS = 2
# Mutations that change no record when they are played: who signs in is known by the session, and
# there is nothing to allocate, to promise anew or to resume. And those whose entries name what
# they came through more closely: the file, the message.
WITHOUT_ENTRY = {
    *("SignIn", "RefreshToken", "SignInToSandbox", "PreviewWebhook"),
    *("AllocateOrder", "RenewPromise", "ReviewPromises", "OperatorResumeTenant"),
    *("ImportTable", "ReplayIntakeMessage"),
}
SUBSCRIPTIONS = {
    *("ApprovalChanged", "EventHappened", "OrderChanged", "WebhookReplayChanged"),
    *("ImportJobChanged", "ExportJobChanged", "AllocationRunChanged"),
}
PAGED = sorted(name for name in PLAYS if "$first: Int" in operations()[name])
LISTS = [
    f.name
    for f in root_fields("query")
    if str(f.definition.type).endswith("Connection!") and not f.name.startswith("operator")
]


@pytest.fixture(scope="module")
async def scene(redis_url: str) -> AsyncIterator[Scene]:
    """The demo company after some weeks."""
    async with demo_stage("crossdock_documents", redis_url) as stage:
        history = await live_through(stage.tenant)
        yield Scene(stage, history)


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, dict[str, int]]]:
    """What was measured; written down at the end if asked for."""
    measured: dict[str, dict[str, int]] = {}
    yield measured
    if WRITES:
        FIGURES.write_text(json.dumps(dict(sorted(measured.items())), indent=1) + "\n")


def _defined() -> Iterator[tuple[str, str, str]]:
    for path in sorted(DOCUMENTS.glob("*.graphql")):
        for definition in parse(path.read_text()).definitions:
            kind = "operation" if isinstance(definition, OperationDefinitionNode) else "fragment"
            name = getattr(definition, "name", None)
            yield print_ast(definition), kind, name.value if name else ""


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [name for _, kind, name in _defined() if kind == "operation"]
    assert sorted(names) == sorted(set(names))
    assert "" not in names


def test_a_fragment_of_one_name_is_the_same_in_every_file() -> None:
    fragments = {(name, text) for text, kind, name in _defined() if kind == "fragment"}
    assert sorted(name for name, _ in fragments) == sorted({name for name, _ in fragments})


def test_every_document_is_played() -> None:
    assert set(PLAYS) == set(operations()) - SUBSCRIPTIONS, "Give it a play in document_cast.py."


@pytest.mark.parametrize("name", PLAYS)
async def test_a_document_is_answered_at_its_price(
    scene: Scene, figures: dict[str, dict[str, int]], name: str
) -> None:
    played = await scene.play(name, PLAYS[name])
    assert played.value is not None
    figures[name] = {"statements": len(played.statements), "cost": played.cost}
    if not WRITES:
        _compare(name, played)


def _compare(name: str, played: Played) -> None:
    recorded = RECORDED.get(name)
    assert recorded is not None, f"{name} is not in {FIGURES.name} yet: write the figures."
    now = len(played.statements)
    listing = "\n".join(statement.split("\n")[0][:120] for statement in played.statements)
    assert now <= recorded["statements"], (
        f"{name} took {recorded['statements']} statements and takes {now} now. They are:\n{listing}"
    )
    assert now == recorded["statements"], f"{name} takes fewer statements: write the figures."
    assert played.cost == recorded["cost"], f"{name} costs {played.cost} points now."


async def test_every_mutation_that_was_played_is_in_the_audit_log(
    scene: Scene, figures: dict[str, dict[str, int]]
) -> None:
    mutations = {name for name in figures if operations()[name].startswith("mutation")}
    found = await audited_documents(scene.stage.engine)
    missing = sorted(mutations - found - WITHOUT_ENTRY)
    assert missing == [], " ".join(missing)


@pytest.mark.parametrize(("name", "user"), PARTNERS)
async def test_a_partner_sends_it_too(scene: Scene, name: str, user: str) -> None:
    played = await scene.stage.play(user, name)
    assert played.value is not None
    assert len(played.statements) <= RECORDED[name]["statements"]


@pytest.mark.parametrize("name", PAGED)
async def test_a_longer_page_takes_no_more_statements(scene: Scene, name: str) -> None:
    taken = [
        len((await scene.play(name, PLAYS[name], first=first)).statements) for first in LENGTHS
    ]
    # The same may be asked for each kind of subject; for each row it would be fifteen more.
    assert taken[2] - taken[1] < 10, f"pages of {LENGTHS} repeat {taken} statements"


@pytest.mark.parametrize("name", ["OrderById", "OrderAtTheDesk", "AllocationExplained"])
async def test_a_longer_order_takes_no_more_statements(scene: Scene, name: str) -> None:
    orders = (global_id("Order", order) for order in scene.history.orders_of_length.values())
    taken = [len((await scene.play(name, PLAYS[name], id=order)).statements) for order in orders]
    assert taken[0] == taken[1] == taken[2], f"orders of {LENGTHS} lines take {taken} statements"


async def test_the_books_of_a_longer_order_take_no_more_statements(scene: Scene) -> None:
    for name, argument in (("JournalsOfOrder", "orderId"), ("OrderTraced", "id")):
        orders = (global_id("Order", order) for order in scene.history.orders_of_length.values())
        taken = [
            len((await scene.play(name, PLAYS[name], **{argument: order})).statements)
            for order in orders
        ]
        assert taken[0] == taken[1] == taken[2], f"{name}: {taken}"


async def test_the_stock_of_more_items_takes_no_more_statements(scene: Scene) -> None:
    taken = [
        len((await scene.play("Availability", PLAYS["Availability"], itemIds=items)).statements)
        for n in LENGTHS
        if (items := [scene.item(place) for place in range(n)])
    ]
    assert taken[0] == taken[1] == taken[2], taken


async def _bulk(scene: Scene, name: str, count: int) -> int:
    wanted: dict[str, Any] = {
        "PlaceOrder": lambda: keyed(channelCode="portal", lines=order_lines(scene, count)),
        "ReceiveStock": lambda: keyed(
            locationId=scene.location("EWR"),
            lines=[
                {"itemId": scene.item(n), "quantity": "1", "unitCost": "1.50"} for n in range(count)
            ],
        ),
        "SetPrices": lambda: keyed(
            priceListId=scene.id("PriceList", "price_list", "LIST-USD"),
            prices=[
                {"itemId": scene.item(n), "unit": "EA", "unitPrice": f"5.{count:02}"}
                for n in range(count)
            ],
        ),
    }[name]()
    played = await scene.play(name, PLAYS[name], **wanted)
    assert played.value
    return len(played.statements)


@pytest.mark.parametrize("name", ["PlaceOrder", "ReceiveStock", "SetPrices"])
async def test_a_longer_input_takes_no_more_statements(scene: Scene, name: str) -> None:
    taken = [await _bulk(scene, name, count) for count in LENGTHS]
    assert taken[0] == taken[1] == taken[2], f"{LENGTHS} rows take {taken} statements"


async def _worked_on(scene: Scene, count: int) -> dict[str, int]:
    """The statements of each step from release to shipment of an order of so many lines."""
    placed = keyed(channelCode="portal", lines=order_lines(scene, count))
    order = (await scene.stage.play("customer", "PlaceOrder", **placed)).value["order"]
    released = await scene.stage.play("planner", "ReleaseOrder", **keyed(orderId=order["id"]))
    (work,) = released.value["fulfilmentOrders"]
    taken = {"ReleaseOrder": len(released.statements)}
    for step in ("RecordPick", "PackFulfilmentOrder", "ShipFulfilmentOrder"):
        done = await scene.stage.play("warehouse", step, **keyed(id=work["id"]))
        assert done.value["fulfilmentOrder"]["id"] == work["id"]
        taken[step] = len(done.statements)
    return taken


async def test_the_work_on_a_longer_order_takes_no_more_statements(scene: Scene) -> None:
    one, five, twenty = [await _worked_on(scene, count) for count in LENGTHS]
    assert one == five == twenty


async def test_the_end_of_a_longer_order_takes_no_more_statements(scene: Scene) -> None:
    taken = []
    for count in LENGTHS:
        placed = keyed(channelCode="portal", lines=order_lines(scene, count))
        order = (await scene.stage.play("customer", "PlaceOrder", **placed)).value["order"]
        done = await scene.stage.play("planner", "CancelOrder", **keyed(orderId=order["id"]))
        assert done.value["order"]["status"] == "CANCELLED"
        taken.append(len(done.statements))
    assert taken[0] == taken[1] == taken[2], f"orders of {LENGTHS} lines take {taken} statements"


# Lists of the parts of one thing: the argument that names it, and the play that does.
PARTS = {
    "accountId": "AccountLines",
    "elimination": "EliminatedLines",
    "importId": "ImportErrors",
    "itemId": "BackorderQueue",
    "stockCountId": "StockCountLines",
    "supplierId": "RatedPurchaseOrders",
}
# What such a list needs beside.
BESIDE = {"supplierId": "measure: IN_FULL, "}


async def _what_it_needs(scene: Scene, arguments: set[str]) -> str:
    for argument in arguments & PARTS.keys():
        play = PLAYS[PARTS[argument]]
        if play.prepare is not None:
            scene.prepared = await play.prepare(scene)
        needed = BESIDE.get(argument, "")
        return f'{argument}: "{play.variables(scene)[argument]}", {needed}'
    return ""


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_with_all_its_fields_takes_no_more_statements(scene: Scene, name: str) -> None:
    (field,) = (f for f in root_fields("query") if f.name == name)
    given = await _what_it_needs(scene, set(field.definition.args))
    # Of raw documents only ten are read at once.
    selection = selection_of(field.definition.type, 2, frozenset({"raw"}))
    taken = []
    for first in LENGTHS:
        document = f"{{ {name}({given}first: {first}) {selection} }}"
        played = await scene.stage.send("admin", document)
        assert "errors" not in played.body, played.body["errors"]
        # A longer page may show kinds that a shorter one did not; none is read row by row.
        taken.append(len(played.statements) - len(set(played.statements)))
    # The same may be asked for each kind of subject; for each row it would be fifteen more.
    assert taken[2] - taken[1] < 10, f"pages of {LENGTHS} repeat {taken} statements"
