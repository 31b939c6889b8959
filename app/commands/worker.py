"""`crossdock worker`: relay, schedule and Dramatiq workers, in this process."""

from datetime import timedelta

import app.subjects  # noqa: F401  (what may be approved is declared there)
from app.database import connect
from app.installation import installation
from app.mailing import letters_of
from app.namespace import namespace_of
from app.observability.logs import configure_logging
from app.observability.watching import watching
from app.settings import Settings
from app.webhook_payloads import payloads_on
from workers.process import WorkerOptions, run_worker
from workers.webhook_call import CallLimits
from workers.webhooks import WebhookSettings

# Beside the threads: the relay, the schedule, webhooks and a reserve.
FURTHER_CONNECTIONS = 5


def worker() -> None:
    """Hand out events, run what reacts to them, deliver webhooks."""
    asked = Settings.from_environment()
    configure_logging(asked.log_level, form=asked.log_format)
    with installation(asked) as running:
        settings = running.settings
        database_url, redis_url = settings.database_url or "", settings.redis_url or ""
        options = WorkerOptions(
            redis_url=redis_url,
            namespace=namespace_of(database_url),
            threads=settings.worker_threads,
            letters=letters_of(settings),
            webhooks=WebhookSettings(
                limits=CallLimits(reach=settings.webhook_reach),
                keys=settings.keys(),
                kept=timedelta(days=settings.webhook_days_kept),
            ),
            payloads=payloads_on,
        )
        pool_size = settings.worker_threads + FURTHER_CONNECTIONS
        run_worker(
            lambda: connect(database_url, pool_size=pool_size),
            options,
            around=lambda engine: watching(
                engine,
                service="crossdock-worker",
                slow_ms=settings.slow_ms,
                metrics_at=settings.worker_metrics_port,
            ),
        )
