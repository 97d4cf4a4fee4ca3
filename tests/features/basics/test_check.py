"""What is wrong with the basic settings is said with a place, a stable code and what would be right."""

from __future__ import annotations

import pytest

from fumibako.document.check import check
from fumibako.schema.finding import Finding
from tests.document.golden import settings


def found(text: str) -> list[Finding]:
    return check(settings(f"basics: {{{text}}}"))


def codes(text: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.path.removeprefix("basics.")) for finding in found(text)]


def test_the_settings_as_at_first_have_nothing_wrong() -> None:
    assert codes("") == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("''", "domain-empty"),
        ("mail", "domain-single-label"),
        ("a..b", "domain-label"),
        ("'hash:/etc/x'", "domain-label"),
        ("-a.example.jp", "domain-label"),
        ("192.0.2.1", "domain-address"),
        ("x" * 300 + ".jp", "domain-too-long"),
        ("例え.テスト", "domain-spelling"),
        ("ｍａｉｌ.example.jp", "domain-spelling"),
        ("Mail.example.jp", "domain-spelling"),
    ],
)
def test_a_host_name_is_a_name_of_the_dns_in_its_one_spelling(name: str, code: str) -> None:
    expected = "domain-label" if len(name) > 63 else code
    assert codes(f"hostname: {name}") == [(expected, "hostname")]
    assert codes(f"primary_domain: {name}")[-1] == (expected, "primary_domain")


def test_a_name_in_another_spelling_is_offered_in_the_right_one() -> None:
    assert [finding.suggestion for finding in found("hostname: 例え.テスト")] == ["xn--r8jz45g.xn--zckzah"]


@pytest.mark.parametrize(
    ("listen", "code"),
    [
        ("[]", "listen-empty"),
        ("[localhost]", "listen-not-an-address"),
        ("['192.0.2.300']", "listen-not-an-address"),
        ("['192.0.2.0/24']", "listen-not-an-address"),
        ("[224.0.0.1]", "listen-unusable"),
        ("['fe80::1%eth0']", "listen-unusable"),
        ("['::ffff:192.0.2.1']", "listen-unusable"),
        ("['2001:DB8::1']", "listen-spelling"),
        ("[192.0.2.1, 192.0.2.1]", "listen-twice"),
        ("[0.0.0.0, 192.0.2.1]", "listen-covered"),
        ("['::', '::1']", "listen-covered"),
    ],
)
def test_listen_addresses_are_addresses_each_once(listen: str, code: str) -> None:
    assert codes(f"listen: {listen}") == [(code, "listen")]


@pytest.mark.parametrize("listen", ["[127.0.0.1]", "['::']", "[0.0.0.0, '::1']", "[192.0.2.1, '2001:db8::1']"])
def test_addresses_of_both_families_may_stand_together(listen: str) -> None:
    assert codes(f"listen: {listen}") == []


def test_a_certificate_needs_its_key_and_both_are_absolute_paths() -> None:
    assert codes("tls: {certificate: /etc/ssl/mail.pem}") == [("tls-incomplete", "tls.key")]
    assert codes("tls: {key: /etc/ssl/mail.key}") == [("tls-incomplete", "tls.certificate")]
    assert codes("tls: {certificate: mail.pem, key: /etc/../root/x}") == [
        ("path-not-absolute", "tls.certificate"),
        ("path-not-absolute", "tls.key"),
    ]
    assert codes("tls: {certificate: /etc/ssl/mail.pem, key: /etc/ssl/mail.key}") == []


def test_two_services_on_one_port_clash_where_the_second_is() -> None:
    [finding] = found("services: {imap: {port: 25}}")
    assert (finding.code, finding.path, finding.suggestion) == ("port-clash", "basics.services.imap.port", "143")
    assert "SMTP" in finding.message.en
    assert "SMTP" in finding.message.ja


def test_the_port_that_is_offered_instead_is_one_of_this_homes() -> None:
    ports = {
        "smtp": 20025,
        "smtps": 20465,
        "submission": 20587,
        "pop3": 20110,
        "pop3s": 20995,
        "imap": 20025,
        "imaps": 20993,
    }
    written = ", ".join(f"{name}: {{port: {port}}}" for name, port in ports.items())
    [finding] = found(f"services: {{{written}}}")
    assert (finding.code, finding.suggestion) == ("port-clash", "20143")
    [finding] = found(f"services: {{{written.replace('20993', '20143')}}}")
    assert finding.suggestion is None


def test_a_service_that_is_off_clashes_with_nothing() -> None:
    assert codes("services: {imap: {enabled: false, port: 25}}") == []


def test_the_way_back_from_the_scanner_needs_a_port_of_its_own() -> None:
    assert codes("content_filter: {port: 10025, reinject_port: 587}") == [
        ("port-clash", "content_filter.reinject_port")
    ]


def test_a_log_in_that_is_forced_must_be_possible() -> None:
    assert codes("services: {submission: {tls: none}}") == [("auth-impossible", "services.submission.tls")]
    [warning] = found("services: {submission: {tls: none, auth_required: false}}")
    assert (warning.code, warning.severity) == ("auth-hidden", "warning")
    assert codes("services: {smtp: {tls: none, auth: true}}") == [("auth-hidden", "services.smtp.tls")]
    assert codes("services: {submission: {tls: none, enabled: false}}") == []


@pytest.mark.parametrize("service", ["smtp: {auth: true,", "submission: {tls: opportunistic,", "pop3: {", "imap: {"])
def test_clear_text_passwords_are_allowed_with_a_warning(service: str) -> None:
    [finding] = found(f"services: {{{service} plaintext_auth: true}}}}")
    assert (finding.code, finding.severity) == ("plaintext-auth", "warning")


def test_no_warning_where_clear_text_cannot_happen() -> None:
    assert codes("services: {smtp: {plaintext_auth: true}, submission: {plaintext_auth: true}}") == []


def test_waits_and_life_time_are_in_order() -> None:
    [finding] = found("advanced: {minimal_backoff_time: 5000}")
    assert (finding.code, finding.path) == ("backoff-order", "basics.advanced.maximal_backoff_time")
    assert finding.suggestion == "5000"
    assert codes("advanced: {maximal_queue_lifetime: 3999}") == [("lifetime-order", "advanced.maximal_queue_lifetime")]
    assert codes("advanced: {minimal_backoff_time: 9, maximal_backoff_time: 9, maximal_queue_lifetime: 9}") == []


@pytest.mark.parametrize("option", ["smtpd_banner", "pop3_greeting"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$(id)", "greeting-dollar"),
        ("${x}", "greeting-dollar"),
        ("$mail_names", "greeting-dollar"),
        ("100$", "greeting-dollar"),
        ("ようこそ", "greeting-characters"),
        ("x" * 401, "greeting-too-long"),
        ("ESMTP {", "greeting-braces"),
    ],
)
def test_a_greeting_is_one_plain_line_with_two_names(option: str, text: str, code: str) -> None:
    assert codes(f"advanced: {{{option}: '{text}'}}") == [(code, f"advanced.{option}")]


def test_good_greetings_are_left_alone() -> None:
    for text in ("$myhostname ESMTP $mail_name", "", '#1 "best" {server} 100% \\o/'):
        quoted = text.replace("'", "''")
        assert codes(f"advanced: {{smtpd_banner: '{quoted}', pop3_greeting: '{quoted}'}}") == []


@pytest.mark.parametrize("host", ["127.0.0.1", "'::1'", "localhost", "192.0.2.1", "mail.example.jp"])
def test_mail_cannot_be_sent_round_in_a_circle(host: str) -> None:
    assert codes(f"listen: [192.0.2.1], content_filter: {{host: {host}, port: 25}}") == [
        ("scanner-loop", "content_filter.port")
    ]
    assert codes(f"listen: [192.0.2.1], content_filter: {{host: {host}, port: 9, reinject_port: 9}}") == [
        ("scanner-loop", "content_filter.port")
    ]


def test_a_scanner_is_a_host_and_best_beside_the_server() -> None:
    assert codes("content_filter: {host: 'not a host'}") == [("scanner-host", "content_filter.host")]
    assert codes("content_filter: {host: 0.0.0.0}") == [("scanner-host", "content_filter.host")]
    [finding] = found("content_filter: {host: scanner.example.jp}")
    assert (finding.code, finding.severity) == ("scanner-elsewhere", "warning")
    assert codes("content_filter: {}") == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("message_size_limit", "1", "override-has-option"),
        ("smtpd_banner", "x", "override-has-option"),
        ("mynetworks", "0.0.0.0/0", "override-not-allowed"),
        ("smtpd_relay_restrictions", "permit", "override-not-allowed"),
        ("mailbox_command", "/bin/sh", "override-not-allowed"),
        ("command_directory", "/tmp", "override-not-allowed"),
        ("import_environment", "LD_PRELOAD=/tmp/x", "override-not-allowed"),
        ("relayhost", "evil.test", "override-not-allowed"),
        ("no_such_thing", "1", "override-not-allowed"),
        ("smtpd_recipient_limit", "many", "override-value"),
        ("smtpd_timeout", "5x", "override-value"),
        ("smtpd_helo_required", "true", "override-value"),
        ("smtpd_reject_footer", "$(id)", "override-value"),
        ("smtpd_reject_footer", "${queue_directory}", "override-value"),
    ],
)
def test_an_own_parameter_can_do_no_harm(name: str, value: str, code: str) -> None:
    assert codes(f"local_overrides: {{{name}: '{value}'}}") == [(code, f"local_overrides.{name}")]


def test_a_misspelt_parameter_is_offered_in_its_right_spelling() -> None:
    [finding] = found("local_overrides: {smtpd_helo_require: 'yes'}")
    assert finding.suggestion == "smtpd_helo_required"


def test_harmless_own_parameters_pass() -> None:
    assert (
        codes("local_overrides: {smtpd_helo_required: 'yes', smtpd_timeout: 120s, smtpd_recipient_limit: '50'}") == []
    )


def test_the_option_that_has_the_parameter_is_named() -> None:
    [finding] = found("local_overrides: {maximal_queue_lifetime: 1d}")
    assert "basics.advanced.maximal_queue_lifetime" in finding.message.en


@pytest.mark.parametrize("name", ["root", "a b", "名前"])
def test_a_limit_is_of_somebody_who_can_be_a_system_account(name: str) -> None:
    assert codes(f"system_limits: {{{name}: {{quota_mb: 5}}}}") == [("system-name", f"system_limits[{name}]")]


def test_a_system_account_may_have_a_limit() -> None:
    assert codes("system_limits: {jiro: {quota_mb: 5}}") == []
