from importlib import import_module

from django.apps import AppConfig


class ContestConfig(AppConfig):
    name = "contest"

    def ready(self) -> None:
        """Register the system checks, as Django wants it; nothing else is wired here."""
        import_module("contest.checks")
