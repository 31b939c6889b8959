"""Imported before all else: from here until the tests are collected, the garbage collector would
look at what is imported again and again, and find nothing."""

import gc

from app.long_lived import YOUNGEST

gc.disable()


def end_of_collection() -> None:
    """What there is stays; from now on the collector looks at what comes."""
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 50)
    gc.enable()
