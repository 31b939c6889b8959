"""What is to come of items, on the API: a batch for loaders."""

from collections.abc import Sequence

from domain.inventory.queries.coming import ComingOfItem, coming_of_items
from domain.kernel.reading import Reader


async def load_coming(reader: Reader, item_ids: Sequence[int]) -> list[ComingOfItem]:
    """A batch for loaders: what is to come of each item, in all and by location."""
    found = await coming_of_items(reader, item_ids=item_ids)
    return [found[item_id] for item_id in item_ids]
