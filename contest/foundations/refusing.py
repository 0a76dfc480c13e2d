"""How a rule says no, in every room: by one exception that carries a sentence for the person."""

from django.utils.functional import Promise


class Refused(Exception):
    """The rules say no; the person is shown the message."""

    message: str | Promise
    code: str  # for programs that must tell refusals apart; empty when nobody needs to

    def __init__(self, message: str | Promise, *, code: str = "") -> None:
        """Refuse with this sentence."""
        super().__init__(message)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return str(self.message)
