"""The Serial Shipping Container Code of GS1: 18 digits, the last one a check digit."""

# GS1 keeps the prefixes 040 to 049 for numbers that circulate within one company.
RESTRICTED_PREFIX = "0400000"
LENGTH = 18


def sscc(serial: int, *, company_prefix: str = RESTRICTED_PREFIX, extension: int = 0) -> str:
    """The code of the carton with this serial number. Raises ValueError when it has no room."""
    room = LENGTH - 2 - len(company_prefix)
    if serial < 0 or len(str(serial)) > room:
        raise ValueError(f"serial {serial} does not fit in {room} digits")
    body = f"{extension}{company_prefix}{serial:0{room}d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """GS1's check digit of the digits before it: weights 3 and 1 alternate from the right."""
    total = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(reversed(body)))
    return str(-total % 10)
