"""Addresses of the room."""

from django.urls import path

from contest.standings import views

urlpatterns = [
    path("c/<slug:slug>/standings/", views.standings, name="standings"),
    path("c/<slug:slug>/standings/export/", views.export, name="standings_export"),
]
