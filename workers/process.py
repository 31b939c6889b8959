"""One worker process: relay, handling threads, webhooks and schedule on one event loop."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import Retry
from sqlalchemy.ext.asyncio import AsyncEngine

from workers.broker import BrokerSender, connect_broker, consume
from workers.clock import utc_now
from workers.handlers import HANDLERS
from workers.keep_running import keep_running
from workers.letters import LetterSending, LetterSettings
from workers.once_only import HANDLING_LIMIT, AggregateAddress, Turn, handle
from workers.registry import Handlers
from workers.relay import Pace, relay_once
from workers.schedule import TASKS, purge_of_deliveries, resealing, run_due_tasks
from workers.webhook_messages import Payloads
from workers.webhooks import WebhookSending, WebhookSettings

log = logging.getLogger(__name__)

RELAY_IDLE = timedelta(seconds=0.1)
WEBHOOKS_IDLE = timedelta(seconds=0.2)
LETTERS_IDLE = timedelta(seconds=1)
SCHEDULE_IDLE = timedelta(seconds=15)
WATCH_EVERY = timedelta(seconds=1)
STOP_SECONDS = 20.0
TAKEN_RETRY_MS = 200
# Makes what runs subscribers' queries on an engine; it belongs to the API.
PayloadsOn = Callable[[AsyncEngine], Payloads]
# What stands around the work, from before its beginning until after its end.
Around = Callable[[AsyncEngine], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What a worker process is told: where Redis is, under which name its keys stand, how many
    threads handle events, whether webhooks may go to private addresses."""

    redis_url: str = field(repr=False)
    namespace: str
    threads: int = 4
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    payloads: PayloadsOn | None = None
    # None: others send letters.
    letters: LetterSettings | None = None
    pace: Pace = field(default_factory=Pace)
    handling_limit: timedelta = HANDLING_LIMIT


def _nothing_around(engine: AsyncEngine) -> AbstractAsyncContextManager[None]:
    return nullcontext()


def run_worker(
    connect: Callable[[], AsyncEngine],
    options: WorkerOptions,
    *,
    handlers: Handlers = HANDLERS,
    around: Around = _nothing_around,
) -> None:
    """Relay, handle, send webhooks and run the schedule until SIGTERM or SIGINT.

    `connect` makes the engine; its pool should hold the threads and five more."""
    asyncio.run(_until_signalled(connect, options, handlers=handlers, handling=True, around=around))


def run_relay(connect: Callable[[], AsyncEngine], options: WorkerOptions) -> None:
    """Only relay and schedule, until SIGTERM or SIGINT; others handle."""
    asyncio.run(_until_signalled(connect, options, handlers=HANDLERS, handling=False))


async def _until_signalled(
    connect: Callable[[], AsyncEngine],
    options: WorkerOptions,
    *,
    handlers: Handlers,
    handling: bool,
    around: Around = _nothing_around,
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work_until(stop, connect, options, handlers=handlers, handling=handling, around=around)


async def work_until(
    stop: asyncio.Event,
    connect: Callable[[], AsyncEngine],
    options: WorkerOptions,
    *,
    handlers: Handlers = HANDLERS,
    handling: bool = True,
    around: Around = _nothing_around,
) -> None:
    """Work until `stop` is set; then finish what has begun, within 20 s."""
    engine = connect()
    try:
        async with around(engine):
            await _work(stop, engine, options, handlers=handlers, handling=handling)
    finally:
        await engine.dispose()


async def _work(
    stop: asyncio.Event,
    engine: AsyncEngine,
    options: WorkerOptions,
    *,
    handlers: Handlers,
    handling: bool,
) -> None:
    broker = connect_broker(options.redis_url, namespace=options.namespace)
    payloads = None if options.payloads is None else options.payloads(engine)
    webhooks = WebhookSending(engine, options.webhooks, payloads)
    tasks = [asyncio.create_task(_relaying(engine, broker, options))]
    tasks.append(asyncio.create_task(_scheduling(engine, broker, options)))
    threads = _Threads(broker, engine, options, handlers)
    if handling:
        tasks.append(asyncio.create_task(_sending(webhooks)))
        tasks.append(asyncio.create_task(threads.keep_alive()))
        if options.letters is not None:
            tasks.append(asyncio.create_task(_mailing(engine, options.letters)))
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(threads.stop(), webhooks.drain())
        await asyncio.to_thread(broker.client.close)


async def _relaying(engine: AsyncEngine, broker: RedisBroker, options: WorkerOptions) -> None:
    sender = BrokerSender(broker)

    async def step() -> bool:
        return await relay_once(engine, sender, now=utc_now(), pace=options.pace) > 0

    await keep_running("relay", step, idle=RELAY_IDLE)


async def _sending(webhooks: WebhookSending) -> None:
    await keep_running("sending of webhooks", webhooks.step, idle=WEBHOOKS_IDLE)


async def _mailing(engine: AsyncEngine, settings: LetterSettings) -> None:
    await keep_running(
        "sending of letters", LetterSending(engine, settings).step, idle=LETTERS_IDLE
    )


async def _scheduling(engine: AsyncEngine, broker: RedisBroker, options: WorkerOptions) -> None:
    webhooks = options.webhooks
    tasks = (*TASKS, purge_of_deliveries(webhooks.kept), resealing(webhooks.keys))

    async def step() -> bool:
        await run_due_tasks(engine, broker.client, namespace=broker.namespace, tasks=tasks)
        return False

    await keep_running("schedule", step, idle=SCHEDULE_IDLE)


class _Threads:
    """The consuming threads; started again should one die of a fault that Dramatiq lets through."""

    def __init__(
        self,
        broker: RedisBroker,
        engine: AsyncEngine,
        options: WorkerOptions,
        handlers: Handlers,
    ) -> None:
        self._broker = broker
        self._engine = engine
        self._options = options
        self._handlers = handlers
        self._loop = asyncio.get_running_loop()
        self._worker: Worker | None = None

    async def keep_alive(self) -> None:
        """Start the threads and look after them until cancelled."""
        while True:
            if self._worker is not None and not _all_alive(self._worker):
                log.error("A consuming thread died; all of them are started again")
                await self.stop()
            if self._worker is None:
                self._worker = consume(self._broker, self._run, threads=self._options.threads)
            await asyncio.sleep(WATCH_EVERY.total_seconds())

    async def stop(self) -> None:
        """Let the threads finish what they have begun, within 20 s."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await asyncio.to_thread(worker.stop, round(STOP_SECONDS * 1000))

    def _run(self, address: AggregateAddress) -> None:
        handling = handle(self._engine, self._handlers, address, limit=self._options.handling_limit)
        turn = asyncio.run_coroutine_threadsafe(handling, self._loop).result()
        if turn is Turn.TAKEN:
            raise Retry("another worker handles this aggregate", delay=TAKEN_RETRY_MS)


def _all_alive(worker: Worker) -> bool:
    return all(t.is_alive() for t in [*worker.workers, *worker.consumers.values()])
