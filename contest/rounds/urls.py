"""Addresses of the room."""

from contest.foundations.addresses import path
from contest.rounds import views

urlpatterns = [
    path("c/<slug:slug>/", views.contest_home, name="contest_home"),
    path("c/<slug:slug>/documents/<number:document_id>/", views.document, name="document"),
    path("c/<slug:slug>/consents/", views.consents, name="consents"),
    path("c/<slug:slug>/office/", views.office, name="office"),
    path("c/<slug:slug>/register/", views.register, name="register"),
    path("c/<slug:slug>/register/done/", views.registered, name="registered"),
    path("c/<slug:slug>/register/slip/", views.registered_slip, name="registered_slip"),
    path("c/<slug:slug>/units/", views.contest_units, name="units"),
    path("me/", views.profile, name="profile"),
    path("me/consents/<number:text_id>/", views.consent, name="consent"),
]
