"""Renders the console's templates without its settings, database or views."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import django
from django.conf import settings

CONSOLE = Path(__file__).resolve().parents[2] / "src" / "fumibako" / "console"
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "allauth",
        "allauth.account",
        "allauth.mfa",
        "django_htmx",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [CONSOLE / "templates"],
            "OPTIONS": {
                "string_if_invalid": "",
                "loaders": [
                    "django.template.loaders.filesystem.Loader",
                    "django.template.loaders.app_directories.Loader",
                ],
                "libraries": {name: f"fumibako.console.templatetags.{name}" for name in ("words", "pieces", "results")},
            },
        }
    ],
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    MFA_SUPPORTED_TYPES=["totp", "webauthn", "recovery_codes"],
    MFA_PASSKEY_LOGIN_ENABLED=True,
    ROOT_URLCONF="urls",
    STATIC_URL="/static/",
    USE_TZ=True,
    TIME_ZONE="Asia/Tokyo",
    LANGUAGE_CODE="ja",
    SECRET_KEY="only for pictures",
)
django.setup()

import samples  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.utils.translation import override  # noqa: E402
from sample_frame import T, frame  # noqa: E402


class Message:
    level_tag = "success"
    message = T(
        "Staged. The server changes when you apply.", "未適用の変更に加えました。[設定する] でサーバーに反映します。"
    )


def write(directory: Path, only: list[str]) -> list[str]:
    """The pages as ``NAME.LANGUAGE.html`` and what they need under ``static/``; returns their names."""
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copytree(CONSOLE / "static", directory / "static", dirs_exist_ok=True)
    for package, folder in (("django_htmx", "django_htmx"), ("allauth.mfa", "mfa"), ("allauth.account", "account")):
        shutil.copytree(str(files(package) / "static" / folder), directory / "static" / folder, dirs_exist_ok=True)
    written = []
    for name, (template, chapter, staged, context) in samples.PAGES.items():
        if only and name not in only:
            continue
        for language in ("ja", "en"):
            with override(language):
                shown = {
                    "frame": frame(chapter, staged=staged, theme="auto"),
                    "csrf_token": "sample",
                    **context,
                }
                if name == "basics":
                    shown["messages"] = [Message()]
                if name.startswith("error-"):
                    del shown["frame"]  # an error page stands without any context
                (directory / f"{name}.{language}.html").write_text(render_to_string(template, shown), encoding="utf-8")
            written.append(f"{name}.{language}")
    return written
