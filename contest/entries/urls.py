"""Addresses of the room."""

from contest.entries import file_urls

urlpatterns = [*file_urls.urlpatterns]
