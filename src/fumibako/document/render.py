"""From settings to files: the pure function that everything else is built around."""

from __future__ import annotations

from fumibako.assembly.config_tree import config_tree
from fumibako.assembly.facts import Certificate, Facts
from fumibako.assembly.restrictions import Check, Rule, checks
from fumibako.document.settings import Settings
from fumibako.features.access.render import access_fragment, access_rules, permitted_addresses
from fumibako.features.aliases.render import aliases_fragment, forward_transports, return_rules
from fumibako.features.authentication.render import authentication_fragment, authentication_rules
from fumibako.features.basics.listeners import Listener, ServiceAddress, service_addresses, smtp_listeners
from fumibako.features.basics.render_dovecot import dovecot_fragments
from fumibako.features.basics.render_filter import filter_fragment
from fumibako.features.basics.render_postfix import postfix_fragments
from fumibako.features.delivery.render import delivery_fragment
from fumibako.features.directory.render import directory_fragment, directory_rules
from fumibako.features.quotas.render import quota_rules, quotas_fragment
from fumibako.features.relay.render import relay_fragment
from fumibako.features.spam.render import spam_fragment, spam_rules
from fumibako.layout import Home


class UnsupportedDialect(Exception):
    """The installed Dovecot has a configuration language that this version of Fumibako does not write."""

    code = "dovecot-unsupported"

    def __init__(self, version: str) -> None:
        super().__init__(f"Dovecot {version} is not supported yet; Fumibako writes the configuration of Dovecot 2.3.")
        self.version = version


def render(settings: Settings, facts: Facts) -> dict[str, str]:
    """Relative path (`postfix/main.cf`) → text, of every file of a generation: complete, and the same for the same
    settings and facts. The settings must have passed `document.check`.

    Raises `UnsupportedDialect`: Dovecot 2.4's language would be written by renderers of its own, beside these.
    """
    if facts.dovecot_dialect != "2.3":
        raise UnsupportedDialect(facts.dovecot_version)
    basics = settings.basics
    return config_tree(
        [
            *postfix_fragments(basics, facts, _rules(settings, facts), permitted_addresses(facts)),
            *dovecot_fragments(basics, facts),
            directory_fragment(basics, facts),
            aliases_fragment(basics, facts),
            quotas_fragment(facts),
            delivery_fragment(basics, facts),
            access_fragment(facts),
            relay_fragment(facts, forward_transports(facts)),
            filter_fragment(basics),
            spam_fragment(settings.spam, facts),
            authentication_fragment(settings.authentication, settings.dns, basics, facts),
        ],
        basics.local_overrides,
    )


def services(settings: Settings) -> list[ServiceAddress]:
    """What listens where: every service of the table on every listen address, those that are off too."""
    return service_addresses(settings.basics)


def smtp_listener(settings: Settings, service: str) -> Listener | None:
    """How an SMTP service behaves; None where it is off."""
    return next((each for each in smtp_listeners(settings.basics) if each.name == service), None)


def listener_checks(settings: Settings, home: Home, listener: Listener) -> dict[str, tuple[Check, ...]]:
    """What the listener asks up to RCPT, in its order: the very rules that `render` writes."""
    return checks(listener.policy, _rules(settings, Facts(home, Certificate("", ""))))


def _rules(settings: Settings, facts: Facts) -> list[Rule]:
    """The features' rules for the restriction lists."""
    return [
        *access_rules(facts),
        *directory_rules(facts),
        *return_rules(facts),
        *quota_rules(facts),
        *spam_rules(settings.spam, facts),
        *authentication_rules(settings.authentication),
    ]
