"""The desk of entries."""

from contest.entries.likeness_admin import LikenessAdmin

__all__ = ["LikenessAdmin"]
