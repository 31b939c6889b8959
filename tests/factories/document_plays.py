"""Each document of graphql/operations as somebody of the demo company sends it."""

import base64
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.ids import global_id
from app.demo.people import PASSWORD
from tests.factories.demo_history import History
from tests.factories.demo_stage import DemoStage, Played

Variables = dict[str, Any]
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Play:
    """Who sends the document, and with what; `prepare` makes what a mutation uses up."""

    user: str | None
    variables: Callable[["Scene"], Variables] = lambda _: {}
    prepare: Callable[["Scene"], Any] | None = None


@dataclass(slots=True)
class Scene:
    """The stage, what happened there, and what was prepared for one document."""

    stage: DemoStage
    history: History
    prepared: Any = None

    def id(self, kind: str, table: str, code: str) -> str:
        """The global id of a row of the demo company."""
        return global_id(kind, self.history.of(table, code))

    def location(self, code: str) -> str:
        """A location's id."""
        return self.id("Location", "location", code)

    def item(self, place: int = 0) -> str:
        """The id of an item that lies at every location."""
        return global_id("Item", self.history.items[place])

    def order(self, place: int = 0) -> str:
        """The id of an order; the first two are being worked on, the others shipped."""
        return global_id("Order", self.history.orders[place])

    @property
    def message(self) -> str:
        """A document that could not be booked."""
        return global_id("IntakeMessage", self.history.rejected_message)

    async def play(self, operation: str, play: Play, **variables: Any) -> Played:
        """Prepare and send the document."""
        if play.prepare is not None:
            self.prepared = await play.prepare(self)
        given = {**play.variables(self), **variables}
        return await self.stage.play(play.user, operation, **given)

    async def first(self, query: str, **variables: Any) -> str:
        """The id of the first row that the administrator is told."""
        played = await self.stage.send("admin", query, **variables)
        return str(played.value["nodes"][0]["id"])


def keyed(**values: Any) -> Variables:
    """An input under a key of its own."""
    return {"input": values, "key": f"play-{next(_serial)}"}


def order_lines(scene: Scene, count: int, *, from_item: int = 0) -> list[Variables]:
    """So many lines, each of another item."""
    items = range(from_item, from_item + count)
    return [{"itemId": scene.item(n), "quantity": "2", "unit": "EA"} for n in items]


async def new_order(scene: Scene) -> Any:
    """An order of a customer that nobody works on yet."""
    wanted = keyed(channelCode="portal", lines=order_lines(scene, 2))
    return (await scene.stage.play("customer", "PlaceOrder", **wanted)).value["order"]


async def held_order(scene: Scene) -> Any:
    """The same, held."""
    order = await new_order(scene)
    held = keyed(orderId=order["id"], reason="address")
    return (await scene.stage.play("planner", "HoldOrder", **held)).value["order"]


async def released_work(scene: Scene) -> Any:
    """Work at a location that was released just now."""
    order = await new_order(scene)
    done = await scene.stage.play("planner", "ReleaseOrder", **keyed(orderId=order["id"]))
    return done.value["fulfilmentOrders"][0]


async def third_party_work(scene: Scene) -> Any:
    """The same, of an item that only the third party's warehouse has."""
    lines = order_lines(scene, 1, from_item=scene.history.third_party_item)
    wanted = keyed(channelCode="portal", lines=lines)
    order = (await scene.stage.play("customer", "PlaceOrder", **wanted)).value["order"]
    done = await scene.stage.play("planner", "ReleaseOrder", **keyed(orderId=order["id"]))
    return done.value["fulfilmentOrders"][0]


async def picked_work(scene: Scene) -> Any:
    """The same, picked."""
    work = await released_work(scene)
    done = await scene.stage.play("warehouse", "RecordPick", **keyed(id=work["id"]))
    return done.value["fulfilmentOrder"]


async def packed_work(scene: Scene) -> Any:
    """The same, packed."""
    work = await picked_work(scene)
    done = await scene.stage.play("warehouse", "PackFulfilmentOrder", **keyed(id=work["id"]))
    return done.value["fulfilmentOrder"]


async def new_subscription(scene: Scene) -> str:
    """A webhook subscription."""
    wanted = {"name": f"hook {next(_serial)}", "url": "https://shop.example/x"}
    done = await scene.stage.play(
        "admin", "CreateWebhookSubscription", input={**wanted, "eventTypes": ["order.*"]}
    )
    return str(done.value["webhookSubscription"]["id"])


async def paused_subscription(scene: Scene) -> str:
    """The same, paused."""
    made = await new_subscription(scene)
    await scene.stage.play("admin", "PauseWebhookSubscription", **keyed(id=made))
    return made


async def dead_delivery(scene: Scene) -> str:
    """A delivery of the past."""
    return await scene.first("{ webhookDeliveries(first: 1) { nodes { id } } }")


async def parked_event(scene: Scene) -> str:
    """An event that waits for a decision."""
    return await scene.first("{ parkedEvents(first: 1) { nodes { id } } }")


async def journal_line(scene: Scene) -> str:
    """A line in the books."""
    played = await scene.stage.send("finance", "{ journals(first: 1) { nodes { lines { id } } } }")
    return str(played.value["nodes"][0]["lines"][0]["id"])


async def account(scene: Scene) -> str:
    """The account with the most lines."""
    played = await scene.stage.send(
        "finance",
        "query($e: ID!) { trialBalance(entityId: $e) { account { id } } }",
        e=scene.id("LegalEntity", "legal_entity", "US1"),
    )
    return str(played.value[0]["account"]["id"])


async def tokens(scene: Scene) -> str:
    """The refresh token of a new session."""
    done = await scene.stage.play(None, "SignIn", input=sign_in("planner"))
    return str(done.value["tokens"]["refreshToken"])


async def policy(scene: Scene) -> str:
    """A draft of an allocation policy."""
    done = await scene.stage.play("planner", "CreateAllocationPolicy", **policy_draft(scene))
    return str(done.value["allocationPolicy"]["id"])


async def client_app(scene: Scene) -> str:
    """The id of a new client app."""
    made = await scene.stage.play("admin", "CreateClientApp", **app_draft())
    return str(made.value["clientApp"]["id"])


async def registered_document(scene: Scene) -> str:
    """The id of a new registered document."""
    app = await client_app(scene)
    await scene.stage.play("admin", "RegisterDocuments", **documents_of(app))
    query = f'{{ registeredDocuments(filter: {{ appId: "{app}" }}) {{ nodes {{ id }} }} }}'
    return await scene.first(query)


def app_draft() -> Variables:
    """A client app of a name of its own."""
    return keyed(name=f"app {next(_serial)}", kind="PUBLIC", origins=["https://shop.example"])


def documents_of(app: str) -> Variables:
    """One document of an app."""
    return keyed(appId=app, documents=[{"name": "Shown", "text": "query Shown { __typename }"}])


async def role(scene: Scene) -> str:
    """The id of a role."""
    return await scene.first("{ roles(first: 1) { nodes { id } } }")


def sign_in(user: str) -> Variables:
    """What a demo user signs in with."""
    return {"tenant": "demo", "username": user, "password": PASSWORD}


def policy_draft(scene: Scene) -> Variables:
    """An allocation policy with one location."""
    code = f"POLICY-{next(_serial)}"
    places = [scene.location(code) for code in ("EWR", "RNO")]
    return keyed(code=code, name="Newark, then Reno", locationIds=places)


def coded(prefix: str, **more: Any) -> Variables:
    """An input with a code and a name of its own."""
    code = f"{prefix}{next(_serial)}"
    return keyed(code=code, name=f"Name of {code}", **more)


def table(text: str) -> str:
    """A table as an import takes it."""
    return base64.b64encode(text.encode()).decode()
