"""Dramatiq on Redis or Valkey, set up so that a dead worker or broker costs seconds."""

from collections.abc import Callable, Sequence

import dramatiq
import redis
from dramatiq.brokers.redis import MAINTENANCE_SCALE, RedisBroker
from dramatiq.middleware import Retries

from workers.announcements import announcement, channel
from workers.backoff import FIRST_RETRY, LONGEST_RETRY
from workers.once_only import AggregateAddress

QUEUE = "events"
ACTOR = "deliver"
SOCKET_SECONDS = 5.0
# A worker that was silent for this long is dead: its messages go back to the queue.
HEARTBEAT_TIMEOUT_MS = 15_000
# Maintenance (it finds the dead) is drawn by lot on every fetch. An idle worker fetches some ten
# times a second, so one in fifty is once in five seconds; the default is once in minutes to hours.
MAINTENANCE_CHANCE = MAINTENANCE_SCALE // 50
# What the outbox holds is sent again by the relay in any case; more tries here gain nothing.
MOST_RETRIES = 8
# An idle worker looks into the queue at least this often.
POLL_MS = 100
DEAD_MESSAGES_KEPT_MS = 86_400_000


def connect_broker(redis_url: str, *, namespace: str) -> RedisBroker:
    """A broker that knows its queue and nothing else; it connects when first used."""
    client = redis.Redis.from_url(
        redis_url,
        # A consumer must notice a server that hangs, not only one that hangs up.
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        health_check_interval=30,
    )
    retries = Retries(
        max_retries=MOST_RETRIES,
        min_backoff=_milliseconds(FIRST_RETRY.total_seconds()),
        max_backoff=_milliseconds(LONGEST_RETRY.total_seconds()),
    )
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        client=client,
        middleware=[retries],
        namespace=namespace,
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        dead_message_ttl=DEAD_MESSAGES_KEPT_MS,
    )
    broker.declare_queue(QUEUE)
    return broker


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


class BrokerSender:
    """Sends to the queue that the workers consume, and tells the listening processes."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    def waiting(self) -> int:
        """How many messages wait or are being handled."""
        return int(self._broker.do_qsize(QUEUE))

    def send(self, addresses: Sequence[AggregateAddress]) -> None:
        """One message for each aggregate, and one announcement of them all."""
        for address in addresses:
            self._broker.enqueue(
                dramatiq.Message(
                    queue_name=QUEUE,
                    actor_name=ACTOR,
                    args=(address.tenant_id, address.aggregate, address.aggregate_id),
                    kwargs={},
                    options={},
                )
            )
        self._broker.client.publish(channel(self._broker.namespace), announcement(addresses))


def consume(
    broker: RedisBroker, run: Callable[[AggregateAddress], None], *, threads: int
) -> dramatiq.Worker:
    """Start threads that call `run` for each message; stop them with `stop`.

    A `run` that raises is called again after 0.5 s, then ever later, up to a minute."""

    def deliver(tenant_id: int, aggregate: str, aggregate_id: int) -> None:
        run(AggregateAddress(tenant_id, aggregate, aggregate_id))

    if ACTOR not in broker.actors:
        dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name=QUEUE)(deliver)
    worker = dramatiq.Worker(broker, worker_timeout=POLL_MS, worker_threads=threads)
    # Short tasks: with the default of two for each thread the consumer sleeps more than it works.
    worker.queue_prefetch = threads * 16
    worker.start()
    return worker
