"""GTIN: the number under the barcode, with GS1's check digit."""

GTIN_LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """GS1's modulo-10 digit for the digits before it: weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return -total % 10


def normalised_gtin(value: str) -> str | None:
    """The number as 14 digits, without spaces and hyphens; None when it is no GTIN.

    8, 12, 13 or 14 digits with the right check digit; zeros alone are nobody's number."""
    digits = value.strip().replace(" ", "").replace("-", "")
    # isascii: isdigit alone accepts ² and ٣.
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in GTIN_LENGTHS:
        return None
    if not digits.strip("0") or check_digit(digits[:-1]) != int(digits[-1]):
        return None
    return digits.zfill(14)
