"""Addresses of the files of an entry."""

from contest.entries import file_views
from contest.foundations.addresses import path

urlpatterns = [
    path("entries/<number:entry_id>/files/", file_views.files, name="entry_files"),
    path("entries/<number:entry_id>/files/<number:file_id>/", file_views.preview, name="entry_preview"),
    path("entries/<number:entry_id>/files/<number:file_id>/pieces/", file_views.piece, name="entry_piece"),
    path("entries/<number:entry_id>/files/<number:file_id>/state/", file_views.state, name="entry_file_state"),
    path("entries/<number:entry_id>/files/<number:file_id>/remove/", file_views.remove, name="entry_file_remove"),
    path("entries/<number:entry_id>/files/<number:file_id>/download/", file_views.download, name="entry_file"),
    path(
        "entries/<number:entry_id>/files/<number:file_id>/pages/<number:number>/",
        file_views.page_image,
        name="entry_page",
    ),
]
