"""Settings with which the type checker loads Django's models. The real ones need a home; types do not."""

from __future__ import annotations

from pathlib import PurePosixPath

from fumibako.home.facts import HomeFacts
from fumibako.layout import Home

SECRET_KEY = "of no use"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "fumibako.store",
    "fumibako.console",
]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
AUTH_USER_MODEL = "store.Operator"

# What the real settings add for our own code to read.
HOME = Home(PurePosixPath("/nowhere"))
FACTS = HomeFacts(0, ("127.0.0.1",), "mail.example.jp", "", ("127.0.0.1",))
