"""PostgreSQL and Valkey without any set-up: real servers from wheels, run for one home folder."""

from app.embedded.engines import Engines, ephemeral_engines, start_engines
from app.embedded.errors import EngineError

__all__ = ["EngineError", "Engines", "ephemeral_engines", "start_engines"]
