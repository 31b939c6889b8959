"""What a mail carries so that its reader can prove to have got it:
`cdl_<tenant>_<subject>_<proof>`.

The proof is made from the installation's secret and the subject's nonce, so the database holds
nothing that signs in."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from tenancy.failures import AuthenticationFailed
from tenancy.tokens import LARGEST_ID, LARGEST_TENANT_ID, derive_key

_FORM = re.compile(r"cdl_(0|[1-9][0-9]{0,9})_([1-9][0-9]{0,18})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token as somebody presents it: well formed, not yet compared."""

    tenant_id: int
    subject_id: int
    proof: str = field(repr=False)


class MailedTokens:
    """Writes and checks tokens with the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._key = derive_key(secret, "mailed")

    def write(self, purpose: str, tenant_id: int, subject_id: int, nonce: str) -> str:
        """The token of a subject, for one purpose only."""
        proof = self._proof(purpose, tenant_id, subject_id, nonce)
        return f"cdl_{tenant_id}_{subject_id}_{proof}"

    def proves(self, purpose: str, presented: PresentedToken, nonce: str | None) -> bool:
        """Whether the token is the subject's, for this purpose. Without a nonce it is nobody's,
        after the same work."""
        expected = self._proof(purpose, presented.tenant_id, presented.subject_id, nonce or "")
        return hmac.compare_digest(expected, presented.proof) and bool(nonce)

    def _proof(self, purpose: str, tenant_id: int, subject_id: int, nonce: str) -> str:
        said = f"{purpose}.{tenant_id}.{subject_id}.{nonce}"
        mac = hmac.digest(self._key, said.encode(), hashlib.sha256)
        return urlsafe_b64encode(mac).decode().rstrip("=")


def read_token(text: str) -> PresentedToken:
    """The parts of a presented token. Raises AuthenticationFailed when it is malformed."""
    match = _FORM.fullmatch(text.strip()[:200])
    if match is None:
        raise AuthenticationFailed("mailed_token_malformed")
    presented = PresentedToken(int(match[1]), int(match[2]), match[3])
    if presented.tenant_id > LARGEST_TENANT_ID or presented.subject_id > LARGEST_ID:
        raise AuthenticationFailed("mailed_token_malformed")
    return presented
