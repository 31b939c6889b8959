"""The product's worker with short waits, for tests in which things die. Run as a program.

What was lost with a process is tried again after seconds here, not after a minute."""

from dataclasses import replace
from datetime import timedelta

from app.database import connect
from app.namespace import namespace_of
from app.settings import Settings
from app.webhook_payloads import payloads_on
from domain.integration.addresses import Reach
from domain.integration.policy import Breaker, RetrySchedule
from workers.process import WorkerOptions, run_worker
from workers.relay import Pace
from workers.webhook_call import CallLimits
from workers.webhooks import WebhookSettings

PACE = Pace(unanswered_for=timedelta(seconds=3), unanswered_at_most=timedelta(seconds=6))
WEBHOOKS = WebhookSettings(
    limits=CallLimits(total=timedelta(seconds=3), reach=Reach(private=True, plain=True)),
    schedule=RetrySchedule(first=timedelta(seconds=1), longest=timedelta(seconds=2)),
    breaker=Breaker(first=timedelta(milliseconds=500), longest=timedelta(seconds=2)),
    lease=timedelta(seconds=5),
)


def main() -> None:
    """Work until SIGTERM."""
    settings = Settings.from_environment()
    database_url, redis_url = settings.database_url or "", settings.redis_url or ""
    options = WorkerOptions(
        redis_url=redis_url,
        namespace=namespace_of(database_url),
        webhooks=replace(WEBHOOKS, keys=settings.keys()),
        pace=PACE,
        payloads=payloads_on,
    )
    run_worker(lambda: connect(database_url, pool_size=9), options)


if __name__ == "__main__":
    main()
