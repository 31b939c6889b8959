"""Listening processes are told what has been committed."""

import asyncio
import os
from collections.abc import Sequence

from tests.factories.conditions import until
from workers.announcements import hear_announcements
from workers.broker import BrokerSender, connect_broker
from workers.once_only import AggregateAddress


async def test_what_is_sent_is_heard_by_tenant(redis_url: str) -> None:
    namespace = f"announcements-{os.getpid()}"
    heard: dict[int, Sequence[tuple[str, int]]] = {}
    hearing = asyncio.create_task(
        hear_announcements(redis_url, namespace=namespace, touched=heard.__setitem__)
    )
    broker = connect_broker(redis_url, namespace=namespace)
    sender = BrokerSender(broker)
    addresses = [
        AggregateAddress(1, "order", 5),
        AggregateAddress(2, "order", 6),
        AggregateAddress(1, "item", 7),
    ]

    async def has_heard() -> bool:
        await asyncio.to_thread(sender.send, addresses)
        return bool(heard)

    try:
        await until(has_heard)
        assert heard == {1: [("order", 5), ("item", 7)], 2: [("order", 6)]}
        assert sender.waiting() % len(addresses) == 0
        assert sender.waiting() > 0
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        broker.flush_all()
        broker.client.close()
