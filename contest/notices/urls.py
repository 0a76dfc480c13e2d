"""Addresses of the room."""

from contest.foundations.addresses import path
from contest.notices import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all, name="notices_read"),
    path("notices/<number:notice_id>/", views.open_notice, name="notice"),
]
