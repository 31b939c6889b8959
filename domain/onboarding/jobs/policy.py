"""Where an import stands, and what may be done with it."""

READING, CHECKING, WRITING = "reading", "checking", "writing"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
UNDOING, UNDONE = "undoing", "undone"
STATUSES = (READING, CHECKING, WRITING, DONE, FAILED, CANCELLED, UNDOING, UNDONE)
AT_WORK = (READING, CHECKING, WRITING, UNDOING)
CANCEL, UNDO = "cancel", "undo"


def actions(*, status: str, has_changes: bool) -> tuple[str, ...]:
    """What may be done with an import now: cancel while it works, undo what it changed."""
    if status in (READING, CHECKING, WRITING):
        return (CANCEL,)
    return (UNDO,) if has_changes and status in (DONE, FAILED, CANCELLED) else ()


def after_reading(*, dry_run: bool, error_policy: str) -> str:
    """What comes when a file has been read: all is checked before anything is written, where
    one fault is to keep everything out."""
    return CHECKING if dry_run or error_policy == "reject_all" else WRITING


def after_checking(*, dry_run: bool, faults: int) -> str:
    """What comes when all rows have been checked."""
    if dry_run:
        return DONE
    return FAILED if faults else WRITING


def after_writing(*, error_policy: str, faults: int) -> str:
    """What comes when all rows have been written: faults that nobody could foresee take the rest
    back where one is to keep everything out."""
    return UNDOING if faults and error_policy == "reject_all" else DONE
