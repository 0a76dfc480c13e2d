"""What happened in the demo's contest, kept until it is written at once: notices, and lines of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F

from accounts.models import User
from contest.foundations import copying
from contest.foundations.ledger import writing as ledger
from contest.notices.models import Notice

READ = timedelta(days=1)  # so long after it was told a notice was read


@dataclass
class Chronicle:
    """Acts of one contest in any order; they stand in the ledger in that of time."""

    contest_id: int
    acts: list[ledger.Act] = field(default_factory=list)
    notices: dict[tuple[int, str], Notice] = field(default_factory=dict)

    def did(self, at: datetime, actor: User | None, action: str, subject: models.Model, **data: Any) -> None:
        """Somebody did something."""
        self.acts.append(ledger.Act(at, actor, action, subject, data, self.contest_id))

    def told(
        self, people: Iterable[User], text: str, *, key: str, values: dict[str, Any], path: str, at: datetime
    ) -> None:
        """People were told, once a key; where there is an address, by e-mail too."""
        for user in people:
            notice = Notice(user=user, text=text, values=values, path=path, key=key, told_at=at)
            if user.email:
                notice.mail, notice.sent_at, notice.tries = Notice.Mail.SENT, at, 1
            self.notices.setdefault((user.pk, key), notice)

    def write(self) -> None:
        """All of it is written, and nothing is kept any more."""
        notices = list(self.notices.values())
        notices.sort(key=lambda notice: notice.told_at)
        copying.insert(notices)
        ledger.append_all(sorted(self.acts, key=lambda act: act.at))
        self.notices, self.acts = {}, []


def analyze() -> None:
    """So much is new that the planner has to look again."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def settle(now: datetime) -> None:
    """Notices of the past were sent where there is an address, and read where there was time to."""
    waiting = Notice.objects.filter(mail=Notice.Mail.WAITING)
    waiting.update(mail=Notice.Mail.SENT, sent_at=F("told_at"), next_try_at=None, tries=1)
    Notice.objects.filter(told_at__lt=now - 3 * READ, user__signed_in_at__isnull=False).update(
        read_at=F("told_at") + READ
    )
