"""What people were told and whether the e-mail went out, for the desk; nothing of it is changed here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from contest.foundations.administration import BaseAdmin, display
from contest.notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(BaseAdmin):
    """Notices; they know no contest, so only platform administrators see them all."""

    for_administrators = True
    is_large = True
    may_add = may_change = False
    folded = "user__search"
    search_help_text = gettext_lazy("Name, phone or card number")
    ordering = ("-pk",)
    list_display = ("user", "told", "told_at", "mail_state", "tries", "sent_at")
    list_select_related = ("user",)
    list_filter = ("mail",)
    fields = ("user", "told", "told_at", "read_at", "mail", "tries", "next_try_at", "sent_at")

    @display(description=gettext_lazy("notice"))
    def told(self, notice: Notice) -> str:
        """The sentence."""
        return notice.sentence()

    @display(
        description=gettext_lazy("E-mail"),
        label={"none": "", "waiting": "warning", "sent": "success", "failed": "danger"},
    )
    def mail_state(self, notice: Notice) -> tuple[str, Any]:
        """Whether it went out."""
        return notice.mail, notice.get_mail_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All of them."""
        return self.fields
