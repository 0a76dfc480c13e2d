"""Addresses of live stages."""

from contest.foundations.addresses import path
from contest.judging import live_views

urlpatterns = [
    path("c/<slug:slug>/hall/<number:stage_id>/", live_views.hall, name="hall"),
    path("c/<slug:slug>/hall/<number:stage_id>/data/", live_views.hall_data, name="hall_data"),
    path("c/<slug:slug>/live/<number:stage_id>/", live_views.table, name="live"),
    path("c/<slug:slug>/live/<number:stage_id>/now/", live_views.now, name="live_now"),
    path("c/<slug:slug>/live/<number:stage_id>/save/", live_views.save, name="live_save"),
    path("c/<slug:slug>/live/<number:stage_id>/act/", live_views.act, name="live_act"),
]
