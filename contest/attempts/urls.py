"""Addresses of the room; `hot` ones go through the short chain of middlewares."""

from django.urls import URLPattern

hot: list[URLPattern] = []
urlpatterns: list[URLPattern] = []
