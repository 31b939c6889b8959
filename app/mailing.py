"""How this installation sends letters."""

from app.settings import Settings
from tenancy.mailed_tokens import MailedTokens
from workers.letters import LetterSettings
from workers.post import FolderPost, SmtpPost

FOLDER = "mail"


def letters_of(settings: Settings) -> LetterSettings:
    """By the mail server that is set; without one each letter becomes a file in `home/mail`."""
    post = FolderPost(settings.home / FOLDER)
    return LetterSettings(
        post=post if settings.smtp_url is None else SmtpPost(settings.smtp_url),
        tokens=MailedTokens(settings.signing_secret()),
        sender=settings.mail_from,
        page=settings.code_page,
    )
