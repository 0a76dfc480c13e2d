"""Addresses of the room."""

from contest.entries import file_urls, views
from contest.foundations.addresses import path

urlpatterns = [
    path("c/<slug:slug>/calls/<number:order>/", views.call, name="call"),
    path("c/<slug:slug>/calls/<number:order>/begin/", views.begin, name="entry_begin"),
    path("c/<slug:slug>/calls/<number:order>/preview/", views.preview, name="call_preview"),
    path("c/<slug:slug>/entries/", views.unit_entries, name="unit_entries"),
    path("entries/<number:entry_id>/", views.entry, name="entry"),
    path("entries/<number:entry_id>/save/", views.save, name="entry_save"),
    path("entries/<number:entry_id>/submit/", views.submit, name="entry_submit"),
    path("entries/<number:entry_id>/withdraw/", views.withdraw, name="entry_withdraw"),
    path("entries/<number:entry_id>/author/", views.author, name="entry_author"),
    path("entries/<number:entry_id>/confirm/", views.confirm, name="entry_confirm"),
    *file_urls.urlpatterns,
]
