"""Django's settings, made from the home that FUMIBAKO_HOME names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fumibako.console.own_files import secret_key, time_zone
from fumibako.console.security import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from fumibako.home.facts import home_at, read_facts

HOME = home_at(os.environ["FUMIBAKO_HOME"])
FACTS = read_facts(HOME)

DEBUG = False
SECRET_KEY = secret_key(HOME)
# The console is reached by whatever name or address the administrator has for it; the certificate says who it is, and
# every form carries a token and an Origin that is compared with the name it was asked by.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "fumibako.store",
    "fumibako.console",
]

MIDDLEWARE = [
    "fumibako.console.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fumibako.console.peer.PeerMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fumibako.console.peer.CallerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fumibako.console.pages.trouble.TroubleMiddleware",
]

ROOT_URLCONF = "fumibako.console.urls"
WSGI_APPLICATION = "fumibako.console.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fumibako.console.pages.frame.frame",
            ],
        },
    }
]

# --- database -------------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(HOME.console) / "fumibako.db",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction that reads first and writes later could not wait its turn: take the turn at the beginning.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: what was acknowledged is there after a power cut too.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- log-in ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "store.Operator"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["fumibako.console.hasher.OperatorHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "fumibako.console.log_in.LogInAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Failures are counted by `fumibako.actions.log_in`, across restarts; these only keep a flood from the hasher.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "60/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
MFA_ADAPTER = "fumibako.console.log_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = f"Fumibako {FACTS.hostname}"
MFA_TOTP_TOLERANCE = 1

# --- browsers -------------------------------------------------------------------------------------------------------

# Cookies know no ports: two homes on one machine must not log each other out. `__Host-` binds them to this host, TLS
# and the whole site.
SESSION_COOKIE_NAME = f"__Host-fumibako-{FACTS.console_port}"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SAVE_EVERY_REQUEST = False
CSRF_COOKIE_NAME = f"__Host-fumibako-csrf-{FACTS.console_port}"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# The largest CSV file (schema/csv_table.py), as JSON.
DATA_UPLOAD_MAX_MEMORY_SIZE = 80 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- languages and files --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "fumibako-language"
LANGUAGE_COOKIE_AGE = 10 * 365 * 86400
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = time_zone()
STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
# No collectstatic, no writable directory: whitenoise serves the packages' own files.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
