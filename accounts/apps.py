from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and units")


class DeskConfig(admin.AdminConfig):
    """The admin with our own door; stands in INSTALLED_APPS in place of django.contrib.admin."""

    default = False
    default_site = "accounts.desk.Desk"
