"""From what somebody wrote to edits, and from edits to what is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from fumibako.actions import keys
from fumibako.actions.administrator_checks import administrator_findings
from fumibako.actions.alias_checks import alias_findings
from fumibako.actions.settings_tree import planted_options
from fumibako.actions.view import Row, View
from fumibako.document.check import check, check_fields, check_row
from fumibako.document.settings import edits_between, parse, value_at
from fumibako.features.aliases.check import repeated
from fumibako.features.aliases.rows import spelled_targets
from fumibako.features.directory.rows import CARRIED, MAILBOX, ONE_FIELD, SECRET_FIELDS, TABLES
from fumibako.schema.codec import coerce_option, decode, encode, unknown_key
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding, errors
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json, Place, is_row, looked_up, read, written
from fumibako.schema.text import Text
from fumibako.store import removed_accounts

UNSAID: Final = object()
# Fields of an account that say where its mail goes.
_LEADING: Final = frozenset({"forward", "keep_copy"})
SECRET: Final = "***"  # noqa: S105 - it stands for one


@dataclass(frozen=True, slots=True)
class Wanted:
    """An edit as somebody wrote it: the value for a place (`basics.services.smtp.port`, `accounts/a@example.jp`,
    `accounts/a@example.jp/quota_mb`; or the place as a tuple). For a row, None removes it and a mapping adds or changes
    it. `was` says what he saw there, if he says it; `new` that there must be no such row yet. `kept` is the row of
    another account that a new one takes over with its secrets and its mailbox; it never comes from outside."""

    path: str | Place
    now: Json
    was: Any = UNSAID
    new: bool = False
    kept: Mapping[str, Json] | None = None
    place: Place | None = field(init=False, compare=False, repr=False)  # None for what is no place

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", _place(self.path))


def _place(path: str | Place) -> Place | None:
    if isinstance(path, tuple):
        return path
    try:
        return read(path)
    except ValueError:
        return None


Rows = dict[tuple[str, str], "Row | None"]


def typed(
    view: View, wanted: Sequence[Wanted], *, primary_domain: str | None = None
) -> tuple[list[Edit], list[Finding]]:
    """The edits that make `view` as wanted, and what is wrong with what was written. Places that are so already give no
    edit. `primary_domain` is that of bare names while the view has no domain yet."""
    findings: list[Finding] = []
    edits: list[Edit] = []
    tree = view.settings
    placed = [(each, each.place) for each in wanted]
    primary = view.primary_domain or primary_domain
    spelling, rows = _rows_touched(view, [place for _, place in placed if place], primary)
    for each, place in placed:
        if place is None:
            findings.append(unknown_place(str(each.path)))
        elif is_row(place):
            made, found = _row_edits(rows, spelling.get(place[:2]), place, each, primary)
            for edit in made:
                _lay(rows, edit)
            edits += made
            findings += found
        elif found := _conflict(each, value_at(tree, place), place):
            findings += found
        else:
            tree, found = planted_options(tree, place, each.now)
            findings += found
    # Several fields of a row that is not there are one thing wrong.
    return [*edits_between(view.settings, tree), *_in_own_mailboxes(edits)], list(dict.fromkeys(findings))


def typed_alike(view: View, table: str, keys: Iterable[str], name: str, raw: Json) -> tuple[list[Edit], list[Finding]]:
    """The edits that set a field of these rows to one value; what was written for it is read once. Rows that are not there
    are passed over."""
    rows = view.rows(table, list(keys))
    if not rows:
        return [], []
    value, findings = coerce_option(_options(table)[name], raw, (table, next(iter(rows)), name))
    if errors(findings):
        return [], findings
    return [Edit((table, key, name), row[name], value) for key, row in rows.items() if row[name] != value], findings


def _in_own_mailboxes(edits: Sequence[Edit]) -> list[Edit]:
    """The edits with a place for each new account whose usual one holds somebody else's mail."""
    new = [edit.place[1] for edit in edits if edit.chapter == "accounts" and edit.adds and MAILBOX not in edit.now]
    moved = removed_accounts.moved(new) if new else {}
    return [
        Edit(edit.place, None, {**edit.now, MAILBOX: moved[edit.place[1]]})
        if edit.adds and edit.place[1] in moved and edit.chapter == "accounts"
        else edit
        for edit in edits
    ]


def judged(view: View, edits: Sequence[Edit], *, rows_checked: bool = False) -> list[Finding]:
    """What is wrong with the whole that `edits` make of `view`: options against each other, rows against the rows they
    need. With `rows_checked` every row by itself was judged before, when it was staged."""
    # An account that is there has its domain: a field's edit needs no other row, and there may be a hundred thousand.
    after = view.with_(
        each
        for each in edits
        if len(each.place) == 2 or not is_row(each.place) or each.chapter == "aliases" or each.place[2] in _LEADING
    )
    findings: list[Finding] = []
    gone = {edit.place[1] for edit in edits if edit.place[0] == "domains" and edit.removes}
    if after.settings != view.settings:
        # What was wrong before is not this edit's fault, and must not keep anybody from mending it step by step.
        old = {(finding.code, finding.path) for finding in check(parse(view.settings))}
        findings += [each for each in check(parse(after.settings)) if (each.code, each.path) not in old]
    if after.settings != view.settings or gone:
        # What is no domain name is not said to be missing as well.
        wrong = {finding.path for finding in findings}
        findings += [each for each in _primary_domain(after) if each.path not in wrong]
    for domain in gone:
        if number := after.number_in("accounts", domain):
            findings.append(_has_accounts(domain, number))
        if number := after.number_in("aliases", domain):
            findings.append(_has_aliases(domain, number))
    added: dict[str, list[str]] = {"accounts": [], "aliases": []}
    for edit in edits:
        if not is_row(edit.place) or edit.removes:
            continue
        table, key, *field = edit.place
        if table in added and not field:
            added[table].append(key)
        if not rows_checked:
            findings += check_fields(table, key, {field[0]: edit.now}) if field else check_row(table, key, edit.now)
    for table, names in added.items():
        findings += _domains_exist(after, table, names)
    if errors(findings):
        return findings
    return [*findings, *alias_findings(after, edits), *administrator_findings(after, edits)]


def unknown_place(path: str) -> Finding:
    return Finding("unknown-key", keys.shown(path), Text("There is no such option.", "その項目はありません。"))


def _rows_touched(view: View, places: Iterable[Place], primary: str | None) -> tuple[dict[Place, Place], Rows]:
    """How the rows that these places speak of are spelled here, without those that can be none, and the rows: read at
    once, as there may be a hundred thousand. What is there as it is written needs no other spelling."""
    named = dict.fromkeys((place[0], place[1]) for place in places if len(place) > 1 and place[0] in TABLES)
    there = _rows(view, [row for row in named if row[1].isascii() and row[1].isprintable()])
    spelling: dict[Place, Place] = {row: row for row in there}
    others: Rows = {}
    for table, key in named:
        if (table, key) not in there and (spelled := keys.spelled(table, key, primary)) is not None:
            spelling[table, key] = (table, spelled)
            others[table, spelled] = None
    return spelling, {**others, **_rows(view, others), **there}


def _rows(view: View, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    keys_by_table: dict[str, list[str]] = defaultdict(list)
    for table, key in places:
        keys_by_table[table].append(key)
    return {(table, key): row for table, names in keys_by_table.items() for key, row in view.rows(table, names).items()}


def _lay(rows: Rows, edit: Edit) -> None:
    row = edit.place[0], edit.place[1]
    before = rows.get(row)
    if len(edit.place) == 2:
        rows[row] = edit.now
    elif before is not None:
        rows[row] = {**before, edit.place[2]: edit.now}


def _row_edits(
    rows: Rows, spelled: Place | None, place: Place, wanted: Wanted, primary: str | None
) -> tuple[list[Edit], list[Finding]]:
    table = place[0]
    model = TABLES.get(table)
    if model is None or len(place) < 2:
        return [], [unknown_place(written(place))]
    if spelled is None:
        return [], keys.canonical(table, place[1], primary)[1]
    key = spelled[1]
    place = (*spelled, *place[2:])
    current = rows[table, key]
    found = _conflict(wanted, current if len(place) == 2 or current is None else current.get(place[2]), place)
    if found:
        return [], found
    if wanted.new and current is not None:
        return [], [_exists(table, key)]
    if len(place) == 3:
        return _field_edit(place, current, wanted.now, primary)
    if wanted.now is None:
        return ([Edit(place, current, None)], []) if current is not None else ([], [missing_row(table, key)])
    raw = {} if wanted.now == "" else wanted.now
    if (only := ONE_FIELD.get(table)) and not isinstance(raw, dict):
        raw = {only: raw}
    if isinstance(raw, dict):
        unchanged = {name for name in raw if name in SECRET_FIELDS and raw[name] == SECRET}
        if unchanged and current is None:
            return [], [_no_secret(written(place))]
        raw = {name: value for name, value in raw.items() if name not in unchanged}
    row, found = decode(model, raw, base=current or wanted.kept or {}, at=place)
    row, more = _spelled_row(table, key, row, primary)
    found += more
    if current is None:
        return [Edit(place, None, row | _carried(wanted.kept))], found
    return [Edit((*place, name), current.get(name), row[name]) for name in row if row[name] != current.get(name)], found


def _carried(kept: Mapping[str, Json] | None) -> Row:
    """What goes along from an account to the one that takes it over: where its mail lies, its app passwords."""
    return {name: value for name, value in (kept or {}).items() if name in CARRIED}


@cache
def _options(table: str) -> dict[str, DeclaredOption]:
    return {option.name: option for option in declared(TABLES[table]) if len(option.path) == 1}


def _spelled_row(table: str, key: str, row: Row, primary: str | None) -> tuple[Row, list[Finding]]:
    """The row with its addresses in their one spelling."""
    name = {"aliases": "targets", "accounts": "forward"}.get(table, "")
    if vacation := row.get("vacation"):
        row = {
            **row,
            "vacation": {**vacation, "addresses": spelled_targets(vacation["addresses"], keys.domain(primary))[0]},
        }
    if name not in row:
        return row, []
    targets, again = spelled_targets(row[name], keys.domain(primary))
    return {**row, name: targets}, repeated(key, again) if table == "aliases" else []


def _field_edit(place: Place, current: Row | None, raw: Json, primary: str | None) -> tuple[list[Edit], list[Finding]]:
    table, key, name = place
    options = _options(table)
    if name not in options:
        return [], [unknown_key(name, place[:2], options)]
    if current is None:
        return [], [missing_row(table, key)]
    if name in SECRET_FIELDS and raw == SECRET:
        return [], []
    value, found = coerce_option(options[name], raw, place, base=current.get(name))
    if not found:
        row, found = _spelled_row(table, key, {name: value}, primary)
        value = row[name]
    if errors(found) or value == current.get(name):
        return [], found
    return [Edit(place, current.get(name), value)], []


def _conflict(wanted: Wanted, current: Json, place: Place) -> list[Finding]:
    if wanted.was is UNSAID or encode(wanted.was) == current:
        return []
    return [
        Finding(
            "conflict",
            written(place),
            Text(
                "Something else stands here now than you saw. Look at it again.",
                "表示されていた内容がすでに変わっています。もう一度確認してください。",
            ),
        )
    ]


def _primary_domain(view: View) -> list[Finding]:
    chosen = looked_up(view.settings, ("basics", "primary_domain"))
    if not chosen or view.row("domains", chosen) is not None:
        return []
    message = Text(
        "{domain} is not one of the domains. Add it, or choose another as the primary domain.",
        "{domain} は登録されていません。ドメインを追加するか、別の主ドメインを選んでください。",
    ).with_(domain=keys.shown(chosen))
    return [Finding("primary-domain-missing", "basics.primary_domain", message)]


def _domains_exist(view: View, table: str, addresses: Sequence[str]) -> list[Finding]:
    needed = list(dict.fromkeys(address.rpartition("@")[2] for address in addresses))
    there = view.rows("domains", needed)
    message = Text(
        "There is no domain {domain} here. Add it first.", "ドメイン {domain} がありません。先に追加してください。"
    )
    return [
        Finding("no-such-domain", f"{table}/{address}", message.with_(domain=domain))
        for address in addresses
        if (domain := address.rpartition("@")[2]) not in there
    ]


def _has_accounts(domain: str, number: int) -> Finding:
    message = Text(
        "There are still {number} accounts in {domain}. Remove them with it.",
        "{domain} にはまだ {number} 件のアカウントがあります。一緒に削除してください。",
    )
    if number == 1:
        message = Text("There is still an account in {domain}. Remove it too.", message.ja)
    return Finding("domain-has-accounts", f"domains/{domain}", message.with_(domain=domain, number=number))


def _has_aliases(domain: str, number: int) -> Finding:
    message = Text(
        "There are still {number} aliases in {domain}. Remove them with it.",
        "{domain} にはまだ {number} 件のエイリアスがあります。一緒に削除してください。",
    )
    if number == 1:
        message = Text("There is still an alias in {domain}. Remove it too.", message.ja)
    return Finding("domain-has-aliases", f"domains/{domain}", message.with_(domain=domain, number=number))


def _exists(table: str, key: str) -> Finding:
    word = {
        "domains": Text("The domain {key} is there already.", "ドメイン {key} はすでにあります。"),
        "accounts": Text("The account {key} is there already.", "アカウント {key} はすでにあります。"),
        "aliases": Text("The alias {key} is there already.", "エイリアス {key} はすでにあります。"),
    }[table]
    return Finding("exists", f"{table}/{key}", word.with_(key=key))


def missing_row(table: str, key: str) -> Finding:
    word = {
        "domains": Text("There is no domain {key}.", "ドメイン {key} はありません。"),
        "accounts": Text("There is no account {key}.", "アカウント {key} はありません。"),
        "aliases": Text("There is no alias {key}.", "エイリアス {key} はありません。"),
    }[table]
    return Finding("not-found", f"{table}/{key}", word.with_(key=keys.shown(key)))


def _no_secret(path: str) -> Finding:
    message = Text(
        "*** stands for a password that is there already; this account is new. Write its password_hash or leave it out.",
        "*** は設定済みのパスワードを表しますが、このアカウントは新規です。password_hash を書くか省いてください。",
    )
    return Finding("secret-unknown", f"{path}/password_hash", message)
