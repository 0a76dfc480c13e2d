"""What allauth's door does here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """E-mail is a way in for people who exist; accounts are made by registration and by lists."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: whoever is new registers for a contest."""
        return False
