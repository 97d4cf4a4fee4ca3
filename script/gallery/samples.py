"""Sample contexts: one for every page template, and for every state that a page can be in.

They are also the executable form of the contexts that the templates document. Nothing here is real; addresses and names are
from the ranges that are kept for documentation.
"""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from django import forms
from sample_access import access
from sample_aliases import COMMAND, alias, aliases
from sample_authentication import authentication
from sample_directory import DOMAIN_BAD, DOMAIN_LIST, DOMAINS, SYSTEM, account, accounts, accounts_csv, accounts_import
from sample_explain import explain
from sample_frame import NO_PAGES, T, option
from sample_keys import keys, zone
from sample_log_in import CODES, KEYS, MFA, QR, Code, Credential, FirstRun, Invited, Key, LogIn, Passwords, WrongLogIn
from sample_message import message_check
from sample_operators import CODE, operator, operators
from sample_overview import CLIENT, SERVICES, STEPS, overview
from sample_plan import ALIKE, CHANGES, CONFLICTS, FILES, PLANS, REVISIONS, result, run
from sample_relay import ROWS, relay, route
from sample_settings import basics
from sample_spam import spam

from fumibako.document import reference

# name of the picture: (template, current chapter, staged edits?, context)
PAGES: dict[str, tuple[str, str, bool, dict[str, Any]]] = {
    "overview": ("pages/overview.html", "overview", True, overview()),
    "overview-trouble": (
        "pages/overview.html",
        "overview",
        False,
        overview(
            flowing=V(
                ok=False,
                text=T(
                    "SMTP (25) does not answer. Mail from outside is waiting.",
                    "SMTP (25) が応答していません。外からのメールが届きません。",
                ),
            ),
            services=[V(**{**vars(SERVICES[0]), "answers": False}), *SERVICES[1:]],
            drift=[V(file="postfix/main.cf", url="#")],
            certificate=V(subject="mail.example.jp", days=6, ok=False, text=T("self-signed", "自己署名")),
            plots=[],
        ),
    ),
    "overview-new": (
        "pages/overview.html",
        "overview",
        False,
        overview(next_steps=STEPS, client=CLIENT, revision=None, plots=[], queue=V(count=0, history=None, url=None)),
    ),
    "operators": ("pages/operators.html", "operators", False, operators()),
    "operator": ("pages/operator.html", "operators", False, operator()),
    "operator-code": ("pages/operator_code.html", "operators", False, CODE),
    "basics": ("pages/basics.html", "basics", True, basics(False)),
    "basics-errors": ("pages/basics.html", "basics", False, basics(True)),
    "spam": ("pages/spam.html", "spam", True, spam(False)),
    "authentication": ("pages/authentication.html", "authentication", True, authentication(False)),
    "authentication-empty": ("pages/authentication.html", "authentication", False, authentication(True)),
    "spam-empty": ("pages/spam.html", "spam", False, spam(True)),
    "access": ("pages/access.html", "access", True, access(False)),
    "access-wrong": ("pages/access.html", "access", False, access(True)),
    "relay": ("pages/relay.html", "relay", True, relay(ROWS)),
    "relay-empty": ("pages/relay.html", "relay", False, relay([])),
    "relay-add": ("pages/relay_route.html", "relay", False, route(adding=True)),
    "relay-edit": ("pages/relay_route.html", "relay", False, route(adding=False)),
    "keys": ("pages/keys.html", "domains", True, keys()),
    "keys-empty": ("pages/keys.html", "domains", False, keys(empty=True)),
    "zone": ("pages/zone.html", "domains", False, zone()),
    "zone-checking": ("pages/zone.html", "domains", False, zone(checking=True)),
    "message-check": ("pages/message_check.html", "authentication", False, message_check(True)),
    "message-check-empty": ("pages/message_check.html", "authentication", False, message_check(False)),
    "explain": ("pages/explain.html", "explain", False, explain("accept")),
    "explain-refused": ("pages/explain.html", "explain", True, explain("reject")),
    "explain-wrong": ("pages/explain.html", "explain", False, explain(None)),
    "domains": (
        "pages/domains.html",
        "domains",
        True,
        {**DOMAIN_LIST, "add": DOMAIN_BAD, "rows": DOMAINS, "action": "#", "total": 4, "pager": NO_PAGES},
    ),
    "domains-empty": (
        "pages/domains.html",
        "domains",
        False,
        {"add": V(url="#", value="", findings=[]), "rows": [], "action": "#", "total": 0, "pager": NO_PAGES},
    ),
    "domain": (
        "pages/domain.html",
        "domains",
        False,
        {
            "domain": DOMAINS[1],
            "facts": [
                V(label=T("In DNS", "DNS での名前"), value="xn--wgv71a119e.jp", address=True),
                V(label=T("Since", "登録"), value="2026-11-24", address=False),
            ],
            "accounts_url": "#",
            "add_account_url": "#",
            "aliases_url": "#",
            "keys_url": "#",
            "zone_url": "#",
            "remove_url": "#",
            "undo_url": "#",
        },
    ),
    "accounts": ("pages/accounts.html", "accounts", True, accounts()),
    "accounts-system": ("pages/accounts.html", "accounts", True, accounts(system=SYSTEM)),
    "accounts-empty": ("pages/accounts.html", "accounts", False, accounts(rows=[], total=0, found=0)),
    "accounts-not-found": ("pages/accounts.html", "accounts", False, accounts(rows=[], query="tarou", found=0)),
    "accounts-csv": ("pages/accounts_csv.html", "accounts", False, accounts_csv()),
    "accounts-importing": ("pages/accounts_import.html", "accounts", False, accounts_import("running")),
    "accounts-imported": ("pages/accounts_import.html", "accounts", True, accounts_import("staged")),
    "accounts-not-imported": (
        "pages/accounts_import.html",
        "accounts",
        False,
        accounts_import("refused", errors=[V(message=COMMAND, where=T("Line 3", "3 行目"))]),
    ),
    "account-add": ("pages/account.html", "accounts", False, account(True)),
    "account": ("pages/account.html", "accounts", True, account(False)),
    "aliases": ("pages/aliases.html", "aliases", True, aliases()),
    "aliases-wrong": ("pages/aliases.html", "aliases", False, aliases(wrong=True)),
    "aliases-empty": ("pages/aliases.html", "aliases", False, aliases(rows=[], total=0, found=0)),
    "aliases-csv": (
        "pages/aliases_csv.html",
        "aliases",
        False,
        {"errors": [V(message=COMMAND, where=T("line 3", "3 行目"))], "list_url": "#", "csv_url": "#"},
    ),
    "alias": ("pages/alias.html", "aliases", True, alias()),
    "account-password": (
        "pages/account_password.html",
        "accounts",
        False,
        {
            "account": V(address="hanako.yamada@example.jp"),
            "account_url": "#",
            "list_url": "#",
            "errors": [],
            "options": [
                option("password", T("New password", "新しいパスワード"), "secret", autocomplete="new-password")
            ],
        },
    ),
    "confirm": (
        "pages/confirm.html",
        "domains",
        True,
        {
            "question": T("Delete everything of example.jp?", "example.jp のすべてを削除しますか"),
            "consequences": [
                T("1,204 mailboxes and their mail are gone.", "メールボックス 1,204 個とメールがなくなります。"),
                T("Nothing brings them back.", "元に戻せません。"),
            ],
            "button": T("Delete", "削除する"),
            "cancel_url": "#",
            "type_name": "example.jp",
            "name_label": None,
            "findings": [],
            "hidden": [],
            "action": "",
        },
    ),
    **{name: ("pages/plan.html", "", name != "plan-empty", context) for name, context in PLANS.items()},
    **{
        f"run-{state}": ("pages/run.html", "history", False, run(state))
        for state in ("running", "applied", "unconfirmed", "unchanged", "rolled_back", "refused")
    },
    "history": (
        "pages/history.html",
        "history",
        True,
        {
            "revisions": REVISIONS,
            "revision_url": "/history/",
            "compare_url": "#",
            "pager": V(previous_url=None, next_url="#"),
        },
    ),
    "history-empty": ("pages/history.html", "history", False, {"revisions": [], "compare_url": "#", "pager": NO_PAGES}),
    "revision": (
        "pages/revision.html",
        "history",
        False,
        {
            "revision": REVISIONS[1],
            "result": result("rolled_back"),
            "previous_url": "#",
            "next_url": "#",
            "compare_url": "#",
            "restore_url": "#",
            "history_url": "#",
        },
    ),
    "alike": (
        "pages/alike.html",
        "",
        False,
        {
            "lines": [change for line in ALIKE for change in line.changes[:8]],
            "title": T("Accounts", "アカウント"),
            "key": "k",
            "undo_url": "#",
            "plan_url": "#",
            "pager": V(previous_url=None, next_url="#"),
        },
    ),
    "compare": (
        "pages/compare.html",
        "history",
        False,
        {
            "a": REVISIONS[3],
            "b": REVISIONS[0],
            "view": "settings",
            "views": V(settings="#", files="#"),
            "lines": CHANGES,
            "files": FILES,
            "swap_url": "#",
            "history_url": "#",
        },
    ),
    "conflict": (
        "pages/conflict.html",
        "",
        True,
        {"conflicts": CONFLICTS, "action": "#", "revision_url": "/history/", "back_url": "#"},
    ),
    "search": (
        "pages/search.html",
        "",
        False,
        {
            "query": "taro",
            "groups": [
                V(
                    title=T("Accounts", "アカウント"),
                    total=2,
                    more_url=None,
                    hits=[
                        V(url="#", label="taro@example.jp", note="鈴木太郎", address=True),
                        V(url="#", label="kentaro@example.jp", note="高橋健太郎", address=True),
                    ],
                ),
                V(
                    title=T("Settings", "設定"),
                    total=1,
                    more_url=None,
                    hits=[
                        V(
                            url="#",
                            label=T("Host name", "ホスト名"),
                            note=T("Basic settings", "基本設定"),
                            address=False,
                        )
                    ],
                ),
            ],
        },
    ),
    "search-empty": ("pages/search.html", "", False, {"query": "zzz", "groups": []}),
    "help": (
        "pages/help.html",
        "",
        False,
        {"chapters": [V(label=T("Basic settings", "基本設定"), url="#")], "history_url": "#"},
    ),
    "help-chapter": (
        "pages/help_chapter.html",
        "",
        False,
        {
            "title": T("Accounts", "アカウント"),
            "entries": list(reference.chapter("accounts")),
            "page_url": "#",
            "index_url": "#",
        },
    ),
    "login": ("account/login.html", "", False, {"form": LogIn(), "PASSKEY_LOGIN_ENABLED": True}),
    "login-wrong": ("account/login.html", "", False, {"form": WrongLogIn({"login": "suzuki", "password": ""})}),
    "logout": ("account/logout.html", "", False, {}),
    "reauthenticate": (
        "account/reauthenticate.html",
        "",
        False,
        {"form": LogIn(), "reauthentication_alternatives": []},
    ),
    "second-factor": ("mfa/authenticate.html", "", False, {**MFA, "form": Code(), "webauthn_form": Credential()}),
    "password-change": ("account/password_change.html", "", False, {"form": Passwords()}),
    "security": (
        "mfa/index.html",
        "",
        False,
        {
            **MFA,
            "is_mfa_enabled": True,
            "authenticators": {"totp": True, "webauthn": KEYS, "recovery_codes": V(get_unused_codes=CODES)},
        },
    ),
    "security-new": ("mfa/index.html", "", False, {**MFA, "is_mfa_enabled": False, "authenticators": {}}),
    "totp": ("mfa/totp/activate_form.html", "", False, {"form": Code(), "totp_svg": QR}),
    "totp-off": ("mfa/totp/deactivate_form.html", "", False, {"form": forms.Form()}),
    "codes": (
        "mfa/recovery_codes/index.html",
        "",
        False,
        {
            "unused_codes": CODES,
            "total_count": 10,
            "can_view_codes": True,
            "can_download_codes": True,
            "can_generate_codes": True,
        },
    ),
    "codes-new": ("mfa/recovery_codes/generate.html", "", False, {"form": forms.Form(), "unused_code_count": 4}),
    "passkeys": ("mfa/webauthn/authenticator_list.html", "", False, {"authenticators": KEYS}),
    "passkey-add": ("mfa/webauthn/add_form.html", "", False, {"form": Key(), "js_data": {}}),
    "passkey-delete": ("mfa/webauthn/authenticator_confirm_delete.html", "", False, {"authenticator": KEYS[0]}),
    "invitation": ("pages/invitation.html", "", False, {"form": Invited()}),
    "first-run": ("pages/first_run.html", "", False, {"form": FirstRun()}),
    **{f"error-{code}": (f"{code}.html", "", False, {}) for code in ("403", "403_csrf", "404", "429", "500")},
}
