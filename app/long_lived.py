"""What a process makes at its start lives as long as it does."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two looks at the youngest: a list of 50 orders makes some thousands, which
# are all gone by its end.
YOUNGEST = 20_000


def settle_memory() -> None:
    """Tell the collector to leave alone what is there: schema, models, compiled operations.

    It would look at a million objects again and again, a quarter of the CPU of a long list."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 50)


@contextmanager
def undisturbed() -> Iterator[None]:
    """While modules are imported and the schema is made, the collector would find nothing and
    take a fifth of the time. Nor does it look at them later; at a process's end that alone would
    take a second and a half."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
