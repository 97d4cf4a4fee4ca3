"""The addresses of the pages: each page module has its own list."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from fumibako.console.pages import (
    access,
    accounts,
    accounts_csv,
    aliases,
    aliases_csv,
    authentication,
    basics,
    chapter_help,
    conflicts,
    domains,
    explain,
    first_run,
    history,
    invitation,
    message_check,
    operators,
    overview,
    own,
    plan,
    preferences,
    quotas,
    quotas_bulk,
    relay,
    run,
    search,
    signing_keys,
    spam,
    staged,
    zone,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(module.urlpatterns))
    for module in (
        overview,
        own,
        first_run,
        chapter_help,
        preferences,
        search,
        history,
        conflicts,
        plan,
        run,
        staged,
        basics,
        access,
        spam,
        message_check,
        authentication,
        domains,
        signing_keys,
        zone,
        accounts_csv,
        accounts,
        aliases_csv,
        aliases,
        relay,
        quotas,
        quotas_bulk,
        explain,
        operators,
        invitation,
    )
]
