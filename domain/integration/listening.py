"""Which events nobody outside asks for."""

from collections.abc import Collection

from sqlalchemy import select

from domain.integration.models import WebhookSubscription
from domain.integration.policy import matches
from domain.kernel.reading import Reader


async def unheard_of(reader: Reader, types: Collection[str]) -> frozenset[str]:
    """Those of the types that no active webhook subscription asks for."""
    if not types:
        return frozenset()
    asked = await reader.values(
        select(WebhookSubscription.event_types).where(
            WebhookSubscription.tenant_id == reader.tenant_id,
            WebhookSubscription.status == "active",
        )
    )
    return frozenset(each for each in types if not any(matches(wanted, each) for wanted in asked))
