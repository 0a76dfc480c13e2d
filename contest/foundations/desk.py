"""Puts our own admin site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with the site of `administration`."""

    default_site = "contest.foundations.administration.Desk"
