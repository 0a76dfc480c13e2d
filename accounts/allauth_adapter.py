"""What allauth's doors do here: e-mail and password, a code by e-mail, the second factor, an identity provider.

The person's own `email` is the only address: allauth's table of addresses stays empty, so an address that is corrected
opens nothing any more. Limits go by account, never by the address of the network.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.db import transaction
from django.forms import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import guarding, newcomers, sessions, signing_in, slips
from accounts.models import User
from accounts.requests import Request
from contest.foundations import language, printing, secrets

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail is a way in for people who exist; accounts are made by registration and by lists."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: whoever is new registers for a contest."""
        return False

    def authenticate(self, request: Request, **credentials: Any) -> User | None:
        """The person of that address and password; each wrong one makes the next wait, known address or not."""
        email = str(credentials.get("email", "")).lower()
        known = User.objects.filter(email=email).values_list("pk", flat=True).first()
        subjects = [guarding.typed(f"email:{email}"), guarding.account(known) if known else guarding.nobody(email)]
        user: User | None = None
        with transaction.atomic():
            held = guarding.hold(subjects, now=request.now)
            is_blocked = any(map(held.is_blocked, subjects))
            if not is_blocked:
                user = super().authenticate(request, **credentials)
                if user is None:
                    held.miss(subjects)
                else:
                    held.forget(subjects)
            wait = held.wait(subjects)
        if user is None:
            guarding.count(request.now)
            if wait:
                raise ValidationError(wrong_password(guarding.in_words(wait), was_looked_at=not is_blocked))
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: `authenticate` has its own limits, which hold when twenty guesses come at once."""

    def login(self, request: Request, user: User) -> None:
        """The person is signed in until tomorrow."""
        super().login(request, user)
        sessions.number(request)
        request.session.set_expiry(int(signing_in.SHARED_DEVICE.total_seconds()))
        signing_in.note_first(user, now=request.now)

    def logout(self, request: Request) -> None:
        """This device is signed out, as from everywhere else in the house."""
        signing_in.leave(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The mail is on its way, or the person is told that it is not."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as trouble:  # smtplib's own errors are of this kind, too
            log.error("mail can't be sent: %s", trouble.__class__.__name__)
            raise ImmediateHttpResponse(render(self.request, "accounts/mail_away.html", status=503)) from trouble

    def generate_login_code(self) -> str:
        """As hard to guess and as easy to read as the code of a slip."""
        return language.spaced_code(slips.new_code())

    def generate_password_reset_code(self) -> str:
        """As hard to guess and as easy to read as the code of a slip."""
        return language.spaced_code(slips.new_code())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes need not do so again to set up the second factor."""
        records = get_authentication_records(self.request, self.request.user)
        fresh = [record for record in records if time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT]
        return not fresh


def wrong_password(wait: str, *, was_looked_at: bool) -> str:
    """The sentence for a wrong password, or for one that came too early."""
    if was_looked_at:
        return _("The e-mail address or the password is wrong. You can try again in %(wait)s.") % {"wait": wait}
    return _("Too many wrong passwords. You can try again in %(wait)s, or have a code sent by e-mail.") % {"wait": wait}


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted, and whoever needs one keeps it."""

    def encrypt(self, text: str) -> str:
        """For the database."""
        return secrets.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return secrets.decrypt(encrypted_text.encode())

    def build_totp_svg(self, url: str) -> str:
        """The QR code for an authenticator app, to stand in the page itself: no other source of images is allowed."""
        return printing.qr_svg(url).replace("<svg ", '<svg width="224" height="224" ', 1)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not where the admin asks for one."""
        return not (settings.MFA_REQUIRED and authenticator.user.is_staff)


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An identity provider opens the account of a person whom we know, never a staff role, and makes nobody up."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """What the provider says is at hand for this request and not kept: it holds the citizen number in the clear."""
        said = sociallogin.account.extra_data
        sociallogin.claims = {**(said.get("id_token") or {}), **(said.get("userinfo") or {})}
        sociallogin.account.extra_data = {}
        return super().populate_user(request, sociallogin, data)

    def pre_social_login(self, request: Request, sociallogin: SocialLogin) -> None:
        """The person is found and may come in this way, or is shown why not; registration remembers who is new."""
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(redirect("sign_in"))
        claims = newcomers.Claims.of(sociallogin.claims, citizen_claim=citizen_claim(sociallogin))
        user = sociallogin.user if sociallogin.is_existing else claims.person()
        if user is None:
            newcomers.remember(request, claims, provider=sociallogin.account.provider, uid=sociallogin.account.uid)
        elif not user.may_hold_slip():
            raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", status=403))
        elif not sociallogin.is_existing:
            sociallogin.connect(request, user)


def citizen_claim(sociallogin: SocialLogin) -> str:
    """The name under which this provider tells the citizen number."""
    return str(sociallogin.provider.app.settings.get("citizen_claim", ""))
