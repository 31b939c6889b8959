"""The many spellings of one unit, folded by a published table."""

# Our word: what X12 (element 355), UNECE Recommendations 20 and 21 and people write for it.
# Packages of Recommendation 21 have an X before them in EN 16931 and Peppol.
# Codes that the lists give different meanings (ST, CN, PA) are left out on purpose.
UNIT_ALIASES: dict[str, tuple[str, ...]] = {
    "each": ("EA", "C62", "PCE", "PC", "PCS", "H87", "UN", "NAR", "NMB", "PIECE", "UNIT", "XPP"),
    "case": ("CA", "CS", "CASES", "XCS"),
    "carton": ("CT", "CTN", "CARTONS", "XCT"),
    "box": ("BX", "BOXES", "XBX"),
    "pack": ("PK", "PACKAGE", "PACKS", "XPK"),
    "pallet": ("PL", "PX", "PF", "PALLETS", "XPX"),
    "bag": ("BG", "BAGS", "XBG"),
    "bottle": ("BO", "BOTTLES", "XBO"),
    "drum": ("DR", "DRUMS", "XDR"),
    "roll": ("RL", "RO", "ROLLS", "XRO"),
    "sheet": ("SH", "SHEETS", "XST"),
    "pair": ("PR", "NPR", "PAIRS"),
    "set": ("SETS",),
    "dozen": ("DZ", "DZN"),
    "gross": ("GS", "GRO"),
    "thousand": ("TH", "MIL"),
    "kilogram": ("KG", "KGM", "KGS", "KILO"),
    "gram": ("G", "GR", "GRM"),
    "tonne": ("TNE",),
    "pound": ("LB", "LBR", "LBS"),
    "ounce": ("OZ", "ONZ"),
    "litre": ("L", "LT", "LTR", "LITER"),
    "millilitre": ("ML", "MLT", "MILLILITER"),
    "gallon": ("GA", "GLL"),
    "metre": ("M", "MR", "MTR", "METER"),
    "foot": ("FT", "FOT", "FEET"),
    "inch": ("IN", "INH", "INCHES"),
}
_FOLDED = {
    spelling.casefold(): word
    for word, aliases in UNIT_ALIASES.items()
    for spelling in (word, *aliases)
}


def fold_unit(unit: str) -> str:
    """One word for every spelling of a unit: EA, C62, pcs. and Each are "each".

    A unit that the table does not know stands for itself, in small letters."""
    plain = unit.strip().rstrip(".").casefold()
    return _FOLDED.get(plain, plain)
