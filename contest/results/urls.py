"""Addresses of the room."""

from contest.foundations.addresses import path
from contest.results import views

urlpatterns = [
    path("c/<slug:slug>/results/", views.results, name="results"),
    path("c/<slug:slug>/results/<number:order>/", views.result_round, name="result_round"),
    path("c/<slug:slug>/works/<number:order>/", views.works, name="works"),
    path("c/<slug:slug>/works/<number:order>/<slug:code>/", views.work, name="work"),
    path(
        "c/<slug:slug>/works/<number:order>/<slug:code>/<number:file_id>/<number:number>/",
        views.work_page,
        name="work_page",
    ),
    path("entries/<number:entry_id>/feedback/", views.feedback, name="feedback"),
]
