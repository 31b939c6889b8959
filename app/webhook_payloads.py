"""Subscribers' queries in a worker: they are of the API, which workers know nothing of."""

from sqlalchemy.ext.asyncio import AsyncEngine

from api.schema import build_schema
from api.webhooks.chosen import ChosenPayloads
from app.http.services import system_clock


def payloads_on(engine: AsyncEngine) -> ChosenPayloads:
    """What runs queries on an engine; it builds the schema when the first query comes."""
    return ChosenPayloads(engine, system_clock, schema=build_schema)
