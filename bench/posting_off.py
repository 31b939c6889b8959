"""The product's API with nothing posted to the books: for the measurement beside it, nowhere else.

python -m bench.posting_off"""

from collections.abc import Sequence

from domain.kernel.work import Work
from domain.ledger import posting
from domain.ledger.entries import Entry


async def _post_nothing(work: Work, entries: Sequence[Entry]) -> list[int]:
    """What `post` is replaced by before anybody has taken it from there."""
    return []


if __name__ == "__main__":
    posting.post = _post_nothing
    from app.commands.serve import serve

    serve()
