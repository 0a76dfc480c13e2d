"""Addresses of the room."""

from contest.foundations.addresses import path
from contest.judging import views
from contest.judging.live_urls import urlpatterns as live_urls

urlpatterns = [
    path("c/<slug:slug>/judging/", views.mine, name="judging"),
    path("c/<slug:slug>/judging/chair/<number:stage_id>/", views.chair, name="chair"),
    path("judging/<number:assignment_id>/", views.sheet, name="sheet"),
    path("judging/<number:assignment_id>/save/", views.sheet_save, name="sheet_save"),
    path("judging/<number:assignment_id>/lock/", views.sheet_lock, name="sheet_lock"),
    path("judging/<number:assignment_id>/conflict/", views.sheet_conflict, name="sheet_conflict"),
    path("judging/<number:assignment_id>/files/<number:file_id>/", views.judged_file, name="judged_file"),
    path(
        "judging/<number:assignment_id>/files/<number:file_id>/pages/<number:number>/",
        views.judged_page,
        name="judged_page",
    ),
    *live_urls,
]
