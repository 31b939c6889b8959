"""`crossdock worker`: relay, schedule and Dramatiq workers, in this process."""

from app.installation import installation
from app.settings import Settings


def worker() -> None:
    """Hand out events, run what reacts to them, deliver webhooks."""
    from workers.process import run_worker

    with installation(Settings.from_environment()) as running:
        settings = running.settings
        assert settings.database_url is not None
        assert settings.redis_url is not None
        run_worker(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            threads=settings.worker_threads,
        )
