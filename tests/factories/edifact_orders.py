"""EDIFACT orders and changes of orders, to put through a channel."""

from collections.abc import Sequence

BUYER, SELLER = "4012345000009", "5412345000013"


def message(kind: str, *segments: str, number: int = 1, version: str = "D:96A:UN:EAN008") -> str:
    """UNH to UNT."""
    count = len(segments) + 2
    parts = [f"UNH+{number}+{kind}:{version}", *segments, f"UNT+{count}+{number}"]
    return "".join(f"{part}'" for part in parts)


def interchange(
    *messages: str,
    sender: str = BUYER,
    sent: str = "260301:0930",
    reference: str = "77",
    count: int | None = None,
    characters: str = "UNOC",
) -> str:
    """UNB to UNZ; `count` is what UNZ states where it is to be wrong."""
    head = f"UNB+{characters}:3+{sender}:14+{SELLER}:14+{sent}+{reference}'"
    stated = len(messages) if count is None else count
    return f"{head}{''.join(messages)}UNZ+{stated}+{reference}'"


LINE = ("LIN+1++A-1:SA", "QTY+21:12:PCE", "PRI+AAA:2.50")
OTHER = ("LIN+2++A-2:SA", "QTY+21:4:PCE", "PRI+AAA:10")


def order_message(
    number: str = "PO-1",
    *lines: Sequence[str],
    function: str = "9",
    heading: Sequence[str] = (),
    summary: Sequence[str] = (),
    place: int = 1,
) -> str:
    """One ORDERS; by default of 12 A-1 at 2.50 and 4 A-2 at 10."""
    taken = lines or (LINE, OTHER)
    return message(
        "ORDERS",
        f"BGM+220+{number}+{function}",
        "DTM+137:20260301:102",
        f"NAD+BY+{BUYER}::9",
        "CUX+2:EUR:9",
        *heading,
        *(segment for line in taken for segment in line),
        "UNS+S",
        *summary,
        number=place,
    )


def edifact_order(
    number: str = "PO-1",
    *lines: Sequence[str],
    function: str = "9",
    sent: str = "260301:0930",
    sender: str = BUYER,
) -> str:
    """An interchange with one order."""
    return interchange(order_message(number, *lines, function=function), sent=sent, sender=sender)


def change_message(
    number: str = "PO-1",
    *lines: Sequence[str],
    own: str = "CHG-1",
    function: str = "4",
    heading: Sequence[str] = (),
    place: int = 1,
) -> str:
    """One ORDCHG of that order."""
    return message(
        "ORDCHG",
        f"BGM+230+{own}+{function}",
        "DTM+137:20260302:102",
        f"RFF+ON:{number}",
        f"NAD+BY+{BUYER}::9",
        *heading,
        *(segment for line in lines for segment in line),
        "UNS+S",
        number=place,
    )


def edifact_change(
    number: str = "PO-1",
    *lines: Sequence[str],
    own: str = "CHG-1",
    function: str = "4",
    heading: Sequence[str] = (),
    sent: str = "260302:0930",
    sender: str = BUYER,
) -> str:
    """An interchange with one change of an order."""
    changed = change_message(number, *lines, own=own, function=function, heading=heading)
    return interchange(changed, sent=sent, sender=sender)
