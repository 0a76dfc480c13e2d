"""Addresses of the room; `hot` ones go through the short chain of middlewares."""

from contest.attempts import views
from contest.foundations.addresses import path

hot = [
    path("answer/<number:attempt_id>/", views.answer, name="answer"),
    path("hand-in/<number:attempt_id>/", views.hand_in, name="hand_in"),
]
urlpatterns = [
    path("c/<slug:slug>/rounds/<number:order>/", views.round_page, name="round"),
    path("c/<slug:slug>/rounds/<number:order>/start/", views.start, name="start"),
    path("c/<slug:slug>/rounds/<number:order>/preview/", views.preview, name="preview"),
    path("c/<slug:slug>/mine/", views.mine, name="mine"),
    path("c/<slug:slug>/desk/", views.desk_page, name="desk"),
    path("c/<slug:slug>/desk/export/", views.desk_export, name="desk_export"),
    path("c/<slug:slug>/desk/slips/", views.desk_slips, name="desk_slips"),
    path("c/<slug:slug>/desk/confirm/", views.desk_confirm, name="desk_confirm"),
    path("c/<slug:slug>/desk/people/<number:entrant_id>/", views.desk_person, name="desk_person"),
    path("attempts/<number:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<number:attempt_id>/result/", views.result, name="result"),
    path("attempts/<number:attempt_id>/result/status/", views.result_status, name="result_status"),
    path("attempts/<number:attempt_id>/review/", views.review, name="review"),
]
