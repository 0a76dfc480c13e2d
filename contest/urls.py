"""The table of contents: the hot path first, then a room a line."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from contest import views
from contest.attempts import urls as attempts

urlpatterns = [
    *attempts.hot,
    path("", views.front, name="front"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("me/data/", views.my_data, name="my_data"),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("contest.rounds.urls")),
    path("", include("contest.attempts.urls")),
    path("", include("contest.standings.urls")),
    path("", include("contest.notices.urls")),
    path("", include("contest.entries.urls")),
    path("", include("contest.judging.urls")),
    path("", include("contest.results.urls")),
]
if settings.BENCH:
    urlpatterns.insert(0, path("answer/floor", views.floor, name="floor"))
