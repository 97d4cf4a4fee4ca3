"""The addresses that allauth's templates ask for by name."""

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.account.urls")), path("accounts/2fa/", include("allauth.mfa.urls"))]
