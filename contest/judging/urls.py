"""Addresses of the room."""

from contest.judging.live_urls import urlpatterns as live_urls

urlpatterns = [
    *live_urls,
]
