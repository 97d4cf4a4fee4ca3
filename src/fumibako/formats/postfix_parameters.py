"""The Postfix parameters that an administrator may tune beside the options that Fumibako has: `local_overrides`.

Each row is a parameter and the grammar of its value. A parameter stands here when every value of its grammar only makes
the server quicker, slower, stricter or more talkative: none names a file, a program, a map, a user or an address, and none
opens a relay. What the settings themselves write (sizes, limits of the basics page, TLS levels of a service) is left out,
so that one thing has one place. The root process reads this same table: what is not here is not installed.

To allow one more parameter, add its row; the test beside this file asks the real `postconf -d` whether it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fumibako.formats.values import (
    YES_NO,
    Choice,
    Integer,
    Pattern,
    Reply,
    Time,
    ValueGrammar,
    Words,
    reply_code,
)

_TIME: Final = Time()
_PAUSE: Final = Time(low=1)
_COUNT: Final = Integer()
_LIMIT: Final = Integer(low=1)
_SIZE: Final = Integer(low=1024)
_CONCURRENCY: Final = Integer(low=1, high=10_000)
_DEFER_OR_REJECT: Final = reply_code("45")
_TLS_PROTOCOLS: Final = Pattern(
    r">=TLSv1(\.[0-3])?(, <=TLSv1(\.[0-3])?)?", "Write it as >=TLSv1.2.", ">=TLSv1.2 の形で指定してください。"
)
_TLS_GRADE: Final = Choice(("high", "medium"))
_CIPHERS: Final = Pattern(
    r"[A-Za-z0-9_+-]*(, [A-Za-z0-9_+-]+)*",
    "Give names of ciphers with commas.",
    "暗号の名前をコンマで区切って指定してください。",
)
_NOTICES: Final = Words(("bounce", "2bounce", "data", "delay", "policy", "protocol", "resource", "software"))
_TEMPFAIL: Final = Choice(("defer", "defer_if_permit"))
_EHLO: Final = Words(
    (
        "8bitmime",
        "auth",
        "chunking",
        "dsn",
        "enhancedstatuscodes",
        "etrn",
        "pipelining",
        "size",
        "smtputf8",
        "silent-discard",
        "vrfy",
    )
)
_LOCAL_PART: Final = Pattern(r"[A-Za-z0-9_-]{1,40}", "Give a local part.", "ローカルパートを指定してください。")

_SMTPD: Final[dict[str, ValueGrammar]] = {
    "smtpd_client_auth_rate_limit": _COUNT,
    "smtpd_client_message_rate_limit": _COUNT,
    "smtpd_client_new_tls_session_rate_limit": _COUNT,
    "smtpd_client_port_logging": YES_NO,
    "smtpd_client_recipient_rate_limit": _COUNT,
    "smtpd_delay_open_until_valid_rcpt": YES_NO,
    "smtpd_discard_ehlo_keywords": _EHLO,
    "smtpd_error_sleep_time": _TIME,
    "smtpd_forbid_bare_newline_reject_code": _DEFER_OR_REJECT,
    "smtpd_hard_error_limit": _LIMIT,
    "smtpd_helo_required": YES_NO,
    "smtpd_history_flush_threshold": _LIMIT,
    "smtpd_junk_command_limit": _LIMIT,
    "smtpd_min_data_rate": _LIMIT,
    "smtpd_peername_lookup": YES_NO,
    "smtpd_per_request_deadline": YES_NO,
    "smtpd_policy_service_default_action": Choice(("DUNNO", "451 4.3.5 Server configuration problem")),
    "smtpd_policy_service_max_idle": _PAUSE,
    "smtpd_policy_service_max_ttl": _PAUSE,
    "smtpd_policy_service_request_limit": _COUNT,
    "smtpd_policy_service_retry_delay": _PAUSE,
    "smtpd_policy_service_timeout": _PAUSE,
    "smtpd_policy_service_try_limit": _LIMIT,
    "smtpd_recipient_limit": _LIMIT,
    "smtpd_recipient_overshoot_limit": _LIMIT,
    "smtpd_reject_footer": Reply(),
    "smtpd_reject_unlisted_sender": YES_NO,
    "smtpd_sasl_authenticated_header": YES_NO,
    "smtpd_sasl_response_limit": _SIZE,
    "smtpd_soft_error_limit": _LIMIT,
    "smtpd_starttls_timeout": _PAUSE,
    "smtpd_timeout": _PAUSE,
    "strict_7bit_headers": YES_NO,
    "strict_8bitmime": YES_NO,
    "strict_8bitmime_body": YES_NO,
    "strict_mime_encoding_domain": YES_NO,
    "strict_rfc821_envelopes": YES_NO,
    "strict_smtputf8": YES_NO,
    "disable_vrfy_command": YES_NO,
    "anvil_status_update_time": _PAUSE,
}
_REPLIES: Final[dict[str, ValueGrammar]] = {
    "access_map_defer_code": reply_code("4"),
    "access_map_reject_code": _DEFER_OR_REJECT,
    "invalid_hostname_reject_code": _DEFER_OR_REJECT,
    "maps_rbl_reject_code": _DEFER_OR_REJECT,
    "non_fqdn_reject_code": _DEFER_OR_REJECT,
    "plaintext_reject_code": _DEFER_OR_REJECT,
    "reject_code": _DEFER_OR_REJECT,
    "relay_domains_reject_code": _DEFER_OR_REJECT,
    "unknown_address_reject_code": _DEFER_OR_REJECT,
    "unknown_client_reject_code": _DEFER_OR_REJECT,
    "unknown_hostname_reject_code": _DEFER_OR_REJECT,
    "unknown_local_recipient_reject_code": _DEFER_OR_REJECT,
    "unknown_relay_recipient_reject_code": _DEFER_OR_REJECT,
    "unknown_virtual_alias_reject_code": _DEFER_OR_REJECT,
    "unknown_virtual_mailbox_reject_code": _DEFER_OR_REJECT,
    "unverified_recipient_defer_code": reply_code("4"),
    "unverified_recipient_reject_code": _DEFER_OR_REJECT,
    "unverified_recipient_reject_reason": Reply(),
    "unverified_sender_defer_code": reply_code("4"),
    "unverified_sender_reject_code": _DEFER_OR_REJECT,
    "unverified_sender_reject_reason": Reply(),
    "reject_tempfail_action": _TEMPFAIL,
    "unknown_address_tempfail_action": _TEMPFAIL,
    "unknown_helo_hostname_tempfail_action": _TEMPFAIL,
    "unverified_recipient_tempfail_action": _TEMPFAIL,
    "unverified_sender_tempfail_action": _TEMPFAIL,
    "show_user_unknown_table_name": YES_NO,
}
_DELIVERY: Final[dict[str, ValueGrammar]] = {
    "default_destination_concurrency_limit": _CONCURRENCY,
    "default_destination_rate_delay": _TIME,
    "default_destination_recipient_limit": _LIMIT,
    "default_process_limit": Integer(low=10, high=10_000),
    "default_recipient_limit": _LIMIT,
    "default_transport_rate_delay": _TIME,
    "disable_dns_lookups": YES_NO,
    "ignore_mx_lookup_error": YES_NO,
    "initial_destination_concurrency": _CONCURRENCY,
    "lmtp_connect_timeout": _TIME,
    "lmtp_data_done_timeout": _PAUSE,
    "lmtp_data_init_timeout": _PAUSE,
    "lmtp_data_xfer_timeout": _PAUSE,
    "lmtp_destination_concurrency_limit": _CONCURRENCY,
    "lmtp_destination_recipient_limit": _LIMIT,
    "lmtp_lhlo_timeout": _PAUSE,
    "lmtp_mail_timeout": _PAUSE,
    "lmtp_rcpt_timeout": _PAUSE,
    "smtp_address_preference": Choice(("any", "ipv4", "ipv6")),
    "smtp_balance_inet_protocols": YES_NO,
    "smtp_connect_timeout": _PAUSE,
    "smtp_connection_cache_on_demand": YES_NO,
    "smtp_connection_cache_time_limit": _PAUSE,
    "smtp_connection_reuse_count_limit": _COUNT,
    "smtp_connection_reuse_time_limit": _PAUSE,
    "smtp_data_done_timeout": _PAUSE,
    "smtp_data_init_timeout": _PAUSE,
    "smtp_data_xfer_timeout": _PAUSE,
    "smtp_defer_if_no_mx_address_found": YES_NO,
    "smtp_destination_concurrency_limit": _CONCURRENCY,
    "smtp_destination_rate_delay": _TIME,
    "smtp_destination_recipient_limit": _LIMIT,
    "smtp_discard_ehlo_keywords": _EHLO,
    "smtp_helo_timeout": _PAUSE,
    "smtp_host_lookup": Words(("dns", "native"), may_be_empty=False),
    "smtp_line_length_limit": _COUNT,
    "smtp_mail_timeout": _PAUSE,
    "smtp_min_data_rate": _LIMIT,
    "smtp_mx_address_limit": _COUNT,
    "smtp_mx_session_limit": _COUNT,
    "smtp_quit_timeout": _PAUSE,
    "smtp_randomize_addresses": YES_NO,
    "smtp_rcpt_timeout": _PAUSE,
    "smtp_skip_5xx_greeting": YES_NO,
    "smtp_skip_quit_response": YES_NO,
    "smtp_starttls_timeout": _PAUSE,
    "smtp_tls_block_early_mail_reply": YES_NO,
    "smtp_tls_connection_reuse": YES_NO,
    "smtp_tls_note_starttls_offer": YES_NO,
    "transport_retry_time": _PAUSE,
}
_QUEUE: Final[dict[str, ValueGrammar]] = {
    "bounce_size_limit": _SIZE,
    "confirm_delay_cleared": YES_NO,
    "delay_logging_resolution_limit": Integer(high=6),
    "delay_warning_time": _TIME,
    "disable_verp_bounces": YES_NO,
    "enable_original_recipient": YES_NO,
    "enable_threaded_bounces": YES_NO,
    "fast_flush_purge_time": _PAUSE,
    "fast_flush_refresh_time": _PAUSE,
    "header_address_token_limit": _LIMIT,
    "header_size_limit": _SIZE,
    "hopcount_limit": Integer(low=10, high=1000),
    "in_flow_delay": Time(),
    "ipc_timeout": _PAUSE,
    "line_length_limit": _SIZE,
    "max_idle": _PAUSE,
    "max_use": _LIMIT,
    "mime_boundary_length_limit": _SIZE,
    "mime_nesting_limit": _LIMIT,
    "notify_classes": _NOTICES,
    "qmgr_clog_warn_time": _TIME,
    "qmgr_message_active_limit": Integer(low=100),
    "qmgr_message_recipient_limit": Integer(low=100),
    "qmgr_message_recipient_minimum": _LIMIT,
    "queue_file_attribute_count_limit": _LIMIT,
    "queue_minfree": _COUNT,
    "virtual_alias_address_length_limit": _LIMIT,
    "virtual_alias_expansion_limit": _LIMIT,
    "virtual_alias_recursion_limit": Integer(low=1, high=1000),
    "duplicate_filter_limit": _COUNT,
}
_TLS: Final[dict[str, ValueGrammar]] = {
    "smtp_tls_ciphers": _TLS_GRADE,
    "smtp_tls_exclude_ciphers": _CIPHERS,
    "smtp_tls_loglevel": Integer(high=2),
    "smtp_tls_mandatory_ciphers": _TLS_GRADE,
    "smtp_tls_mandatory_exclude_ciphers": _CIPHERS,
    "smtp_tls_mandatory_protocols": _TLS_PROTOCOLS,
    "smtp_tls_protocols": _TLS_PROTOCOLS,
    "smtp_tls_session_cache_timeout": _PAUSE,
    "smtpd_tls_ciphers": _TLS_GRADE,
    "smtpd_tls_exclude_ciphers": _CIPHERS,
    "smtpd_tls_loglevel": Integer(high=2),
    "smtpd_tls_mandatory_ciphers": _TLS_GRADE,
    "smtpd_tls_mandatory_exclude_ciphers": _CIPHERS,
    "smtpd_tls_mandatory_protocols": _TLS_PROTOCOLS,
    "smtpd_tls_protocols": _TLS_PROTOCOLS,
    "smtpd_tls_received_header": YES_NO,
    "smtpd_tls_session_cache_timeout": _PAUSE,
    "tls_preempt_cipherlist": YES_NO,
}
_MAIL: Final[dict[str, ValueGrammar]] = {
    "always_add_missing_headers": YES_NO,
    "append_dot_mydomain": YES_NO,
    "double_bounce_sender": _LOCAL_PART,
    "empty_address_recipient": _LOCAL_PART,
    "header_from_format": Choice(("standard", "obsolete")),
    "info_log_address_format": Choice(("external", "internal")),
    "mail_name": Reply(longest=40, pattern=r"[A-Za-z0-9 ._-]+"),
    "milter_command_timeout": _PAUSE,
    "milter_connect_timeout": _PAUSE,
    "milter_content_timeout": _PAUSE,
    "smtputf8_enable": YES_NO,
    "soft_bounce": YES_NO,
    "address_verify_negative_expire_time": _PAUSE,
    "address_verify_negative_refresh_time": _PAUSE,
    "address_verify_poll_count": _LIMIT,
    "address_verify_poll_delay": _PAUSE,
    "address_verify_positive_expire_time": _PAUSE,
    "address_verify_positive_refresh_time": _PAUSE,
}

TUNABLE: Final[Mapping[str, ValueGrammar]] = MappingProxyType(
    {**_SMTPD, **_REPLIES, **_DELIVERY, **_QUEUE, **_TLS, **_MAIL}
)
