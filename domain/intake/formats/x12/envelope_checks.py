"""Counts and control numbers of X12 trailers against what is there (X12.5, X12.6)."""

from domain.intake.formats.x12.envelope import Group, Interchange, TransactionSet
from domain.intake.formats.x12.findings import Finding, envelope_finding, mismatch
from domain.intake.formats.x12.segments import Segment


def check_envelope(interchange: Interchange) -> None:
    """Note every fault of the interchange, its groups and sets with the one it belongs to.

    Codes are those of the acknowledgement: TA105 for the interchange, AK905 for a group, AK502 for
    a transaction set.
    """
    _check_interchange(interchange)
    for group in interchange.groups:
        _check_group(group)
        for found in group.sets:
            _check_set(found)


def _check_interchange(interchange: Interchange) -> None:
    trailer, path = interchange.trailer, f"{interchange.path}/IEA"
    notes = interchange.findings
    if trailer is None:
        if interchange.isa:
            notes.append(
                envelope_finding("iea_missing", path, "The IEA segment is missing.", "023")
            )
        return
    groups = sum(group.header is not None for group in interchange.groups)
    _check_count(
        notes, trailer, groups, ("iea_count_mismatch", path, "The number of groups", "021")
    )
    stated = interchange.isa_element(13)
    if trailer.element(2) != stated:
        what = "The interchange control number of the trailer"
        notes.append(
            mismatch(
                "iea_control_number_mismatch", f"{path}-02", trailer.element(2), stated, what, "001"
            )
        )


def _check_group(group: Group) -> None:
    trailer, path = group.trailer, f"{group.path}/GE"
    if trailer is None:
        if group.header is not None:
            message = "The GE segment is missing."
            group.findings.append(envelope_finding("ge_missing", path, message, "3"))
        return
    what = ("ge_count_mismatch", path, "The number of transaction sets", "5")
    _check_count(group.findings, trailer, len(group.sets), what)
    stated = group.header_element(6)
    if trailer.element(2) != stated:
        what_number = "The group control number of the trailer"
        group.findings.append(
            mismatch(
                "ge_control_number_mismatch",
                f"{path}-02",
                trailer.element(2),
                stated,
                what_number,
                "4",
            )
        )


def _check_set(found: TransactionSet) -> None:
    trailer, path = found.trailer, f"{found.path}/SE"
    if trailer is None:
        message = "The SE segment is missing."
        found.findings.append(envelope_finding("se_missing", path, message, "2"))
        return
    where = f" (segment {trailer.number})"
    what = ("se_count_mismatch", path, "The number of segments", "4")
    _check_count(found.findings, trailer, len(found.segments), what, where)
    if trailer.element(2) != found.control_number:
        what_number = "The control number of the trailer"
        found.findings.append(
            mismatch(
                "se_control_number_mismatch",
                f"{path}-02{where}",
                trailer.element(2),
                found.control_number,
                what_number,
                "3",
            )
        )
    _check_terminators(found)


def _check_terminators(found: TransactionSet) -> None:
    for segment in found.segments:
        if segment.unterminated_before is not None:
            message = (
                f"Segment {segment.tag} is not terminated: {segment.unterminated_before} begins "
                "within it, and is lost."
            )
            path = f"{found.path}/{segment.tag} (segment {segment.number})"
            found.findings.append(envelope_finding("segment_unterminated", path, message, "5"))


def _check_count(
    notes: list[Finding],
    trailer: Segment,
    found: int,
    what: tuple[str, str, str, str],
    where: str = "",
) -> None:
    code, path, name, level_code = what
    stated = trailer.element(1)
    if not (stated.isascii() and stated.isdigit() and len(stated) < 12 and int(stated) == found):
        notes.append(mismatch(code, f"{path}-01{where}", stated, found, name, level_code))
