"""The Celery app and the beat table: a few sweeps, each safe to run twice; what they find is undone rows."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contest.settings")

app = Celery("contest")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "accounts", "contest.notices", "contest.rounds", "contest.attempts", "contest.entries", "contest.standings",
        "contest.judging",
    ]
)  # fmt: skip
app.conf.beat_schedule = {
    # The row is the queue, so a lost message costs a second. Expired runs are dropped: a stopped worker finds no pile.
    "grade": {"task": "contest.attempts.tasks.grade", "schedule": 1.0, "options": {"expires": 1}},
    "close": {"task": "contest.attempts.tasks.close", "schedule": 5.0, "options": {"expires": 5}},
    "boards": {"task": "contest.standings.tasks.refresh", "schedule": 10.0, "options": {"expires": 10}},
    "sign-in": {"task": "accounts.tasks.watch_sign_in", "schedule": 60.0, "options": {"expires": 60}},
    "sign-in-tidied": {"task": "accounts.tasks.tidy_sign_in", "schedule": 3600.0, "options": {"expires": 3600}},
    "files": {"task": "contest.entries.tasks.examine", "schedule": 2.0, "options": {"expires": 2}},
    "files-tidied": {"task": "contest.entries.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    "likeness": {"task": "contest.entries.tasks.compare", "schedule": 30.0, "options": {"expires": 30}},
    "reminders": {"task": "contest.entries.tasks.remind", "schedule": 600.0, "options": {"expires": 600}},
    "entries": {"task": "contest.entries.tasks.follow", "schedule": 30.0, "options": {"expires": 30}},
    "letters": {"task": "contest.notices.tasks.send", "schedule": 5.0, "options": {"expires": 5}},
    "judging": {"task": "contest.judging.tasks.conclude", "schedule": 5.0, "options": {"expires": 5}},
    "banks": {"task": "contest.rounds.tasks.lock_banks", "schedule": 60.0, "options": {"expires": 60}},
}
