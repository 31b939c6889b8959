"""A template is applied: what is missing of it is made, what stands is left as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.errors import CodeTaken, Expected
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.permissions import operation
from domain.kernel.quotas import QuotaReached
from domain.kernel.work import Work
from domain.onboarding.access.granting import lock_administration
from domain.onboarding.templates.events import TemplateApplied
from domain.onboarding.templates.making import Standing, make, standing
from domain.onboarding.templates.policy import Piece, WantedEntity, pieces_of

MADE, THERE, REFUSED = "made", "there", "refused"
NEEDS_CHANGE_REQUEST = "needs_change_request"
POLICY = "allocation_policy"
DRAFTED = "It is drafted: put it into effect by a change request."


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPiece:
    """What became of one piece: made, there already, refused (and why), or to be asked for by a
    change request. `entity` is the code of the legal entity that it belongs to."""

    kind: str
    code: str
    outcome: str
    id: int | None
    entity: str | None
    problem: str | None = None


@operation("onboarding.manage")
async def apply_template(
    work: Work, *, template: str, entities: Sequence[WantedEntity]
) -> list[AppliedPiece]:
    """Make what the template says for these entities and is not there, by its code.

    Repeating it makes nothing; another template, or another entity, adds to what stands. What
    is governed by now is left to a change request. The caller needs the permissions of all that
    is made. Raises InvalidInput, NotPermitted, QuotaReached."""
    pieces = pieces_of(template, entities)
    # Two templates at the same time take turns.
    await lock_administration(work)
    known = await standing(work)
    applied = [await _apply(work, piece, known) for piece in pieces]
    made = [piece for piece in applied if piece.outcome == MADE]
    if made:
        work.record(TemplateApplied(aggregate_id=work.tenant_id, template=template, made=len(made)))
        work.audit(
            "apply_template",
            subject="tenant",
            subject_id=work.tenant_id,
            after={"template": template, "made": [f"{p.kind} {p.code}" for p in made]},
        )
    return applied


async def _apply(work: Work, piece: Piece, known: Standing) -> AppliedPiece:
    row_id, problem = known.id_of(piece.kind, piece.code), None
    outcome = THERE
    if row_id is None:
        try:
            async with work.attempt():
                row_id = await make(work, piece, known)
            outcome = MADE
            if piece.kind == POLICY and row_id in known.drafts:
                outcome, problem = NEEDS_CHANGE_REQUEST, DRAFTED
        except CodeTaken:
            # Somebody else made it a moment ago.
            outcome = THERE
        except ChangeRequestRequired as refusal:
            outcome, problem = NEEDS_CHANGE_REQUEST, refusal.message
        except QuotaReached:
            raise
        except Expected as refusal:
            outcome, problem = REFUSED, refusal.message
    if row_id is not None:
        known.ids[piece.kind][piece.code] = row_id
    return AppliedPiece(
        kind=piece.kind,
        code=piece.code,
        outcome=outcome,
        id=row_id,
        entity=piece.entity,
        problem=problem,
    )
