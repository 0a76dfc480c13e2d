"""Addresses of the room: slips and codes, and those of allauth's pages that exist here.

There is no sign-up, no list of addresses and no list of linked accounts: people come by registration and by lists.
"""

from allauth.account import views as email
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as provider
from allauth.socialaccount.providers.openid_connect import urls as openid_connect
from django.urls import include, path

from accounts import views
from accounts.views import not_by_slip

account = [
    path("login/", email.login, name="account_login"),
    path("login/code/", email.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", email.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", email.logout, name="account_logout"),
    path("inactive/", email.account_inactive, name="account_inactive"),
    path("reauthenticate/", email.reauthenticate, name="account_reauthenticate"),
    path("password/change/", not_by_slip(email.password_change), name="account_change_password"),
    path("password/set/", not_by_slip(email.password_set), name="account_set_password"),
    path("password/reset/", email.password_reset, name="account_reset_password"),
    path("password/reset/confirm/", email.confirm_password_reset_code, name="account_confirm_password_reset_code"),
    path("password/reset/complete/", email.complete_password_reset, name="account_complete_password_reset"),
    path("password/reset/done/", email.password_reset_from_key_done, name="account_password_reset_completed"),
    path("2fa/", not_by_slip(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", not_by_slip(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", not_by_slip(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", not_by_slip(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", not_by_slip(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/new/", not_by_slip(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/text/", not_by_slip(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("provider/cancelled/", provider.login_cancelled, name="socialaccount_login_cancelled"),
    path("provider/error/", provider.login_error, name="socialaccount_login_error"),
    *openid_connect.urlpatterns,
]

urlpatterns = [
    path("s/", views.slip_without_secret, name="slip_without_secret"),
    path("s/<str:token>/", views.slip, name="slip"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("account/", include(account)),
]
