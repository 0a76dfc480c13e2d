"""Dates in English are typed as they are shown here: the day first, as in Vietnamese."""

from contest.formats.vi.formats import DATE_INPUT_FORMATS, DATETIME_INPUT_FORMATS

__all__ = ["DATETIME_INPUT_FORMATS", "DATE_INPUT_FORMATS"]
