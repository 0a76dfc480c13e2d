"""Addresses with numbers of rows: Django's `path`, which knows `<number:attempt_id>` here."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import IntConverter

__all__ = ["path"]


class NumberConverter(IntConverter):
    """A number that a row can have. A longer one fits no column, so there is no such page."""

    regex = "[0-9]{1,18}"


register_converter(NumberConverter, "number")
