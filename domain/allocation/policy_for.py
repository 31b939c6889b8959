"""The policy of an order, for who asks nothing else of how it is served."""

from datetime import datetime

from domain.allocation.effective import contents, most_specific
from domain.allocation.scene import scene
from domain.allocation.strategy import Policy
from domain.kernel.reading import Reader


async def policy_for(
    reader: Reader, *, channel_id: int, entity_id: int, at: datetime
) -> Policy | None:
    """What the policy says that serves a channel's orders at a moment; None without one."""
    policies = (await scene(reader, [channel_id], [], at)).policies
    known = await contents(reader, policies)
    chosen = most_specific(policies, known, channel_id=channel_id, entity_id=entity_id)
    return None if chosen is None else known[chosen.id].policy
