"""What happened to invitations. No event carries an address."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(Event):
    """A user was asked by mail to choose a password."""

    type = "access.user_invited"
    aggregate = "invitation"
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Event):
    """The user chose a password."""

    type = "access.invitation_accepted"
    aggregate = "invitation"
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWithdrawn(Event):
    """The invitation counts no more."""

    type = "access.invitation_withdrawn"
    aggregate = "invitation"
    user_id: int
