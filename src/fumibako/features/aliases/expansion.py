"""Where aliases lead, and what is wrong there: loops, targets that nobody has, accounts that are hidden, too much.

An alias may lead to aliases. Only what can be reached from the aliases that somebody touches is read, level by level and
many rows at a time, and upwards the aliases that lead to those: the directory is never gone through.

How Postfix expands (cleanup(8)): a target that is an alias is replaced by that alias's targets, again and again. An alias
that leads to itself too is expanded once and then stands for the mailbox of that name; so a round of aliases ends where
one of them keeps a copy, and never ends where none does. A target that is nothing else falls to its domain's catch-all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from fumibako.features.aliases.rows import domain_of, folded, is_catch_all
from fumibako.schema.finding import Finding, Severity
from fumibako.schema.place import Json
from fumibako.schema.text import Text

DEEPEST: Final = 20  # aliases from a name to its last target
MOST_RECIPIENTS: Final = 20_000  # addresses that one name may become, each as often as it is met
_MOST_ABOVE: Final = 2_000  # aliases that lead to what is touched
_SAID: Final = 20  # findings of one kind about one alias

_LOOP = Text(
    "This leads round in a circle and to nobody: {round}.", "エイリアスが循環していて、どこにも届きません: {round}"
)
_MISSING = Text(
    "There is no {target} here: mail that goes on to it comes back.",
    "{target} は登録されていません。転送されたメールは差出人に戻ります。",
)
_MISSING_TOO = Text(
    "There is no {target} here, so its mail falls to {key} again and reaches nobody. Name an account that exists.",
    "{target} は登録されていないため、メールはまた {key} に戻り、どこにも届きません。実在するアカウントを指定してください。",
)
_HIDES = Text(
    "This is an account too. Its mail goes to the alias's targets and not into its mailbox; add {key} as a target to keep a copy.",
    "同じ名前のアカウントがあります。メールはエイリアス値に届き、メールボックスには入りません。残すには {key} もエイリアス値に加えてください。",
)
_DEEP = Text(
    "More than {most} aliases lead one to another here. Let it lead to the last ones directly.",
    "エイリアスが {most} 段を超えて重なっています。最終的な宛先を直接書いてください。",
)
_MANY = Text(
    "A message to this name would become one for more than {most} addresses.",
    "この名前へのメールは {most} 件を超える宛先に広がります。",
)


class Directory(Protocol):
    """What must be asked of the directory; every question is about named rows."""

    def rows(self, table: str, keys: Sequence[str]) -> Mapping[str, Mapping[str, Json]]: ...

    def aliases_to(self, addresses: Sequence[str], limit: int) -> Collection[str]:
        """The aliases that have one of these addresses among their targets."""
        ...

    def nobodys(self, addresses: Sequence[str]) -> list[str]:
        """Of addresses that are no accounts those that nobody else has either: neither the administrator, who gets mail
        to postmaster and the like, nor a user of the operating system."""
        ...


@dataclass
class _Alias:
    """`leads` are the aliases that its targets fall to, each as often as it is met; `ends` counts the others. `falls_back`
    are a catch-all's targets that nobody has, so that they are caught by itself."""

    keeps_copy: bool = False
    leads: list[str] = field(default_factory=list)
    ends: int = 0
    missing: list[str] = field(default_factory=list)
    falls_back: list[str] = field(default_factory=list)


def check_expansion(directory: Directory, touched: Iterable[str], gone: Iterable[str] = ()) -> list[Finding]:
    """Findings about the aliases `touched` and about those that the removal of the addresses `gone` (accounts, aliases)
    changes."""
    names = list(dict.fromkeys(touched))
    beside = [name for name in directory.aliases_to(list(gone), _MOST_ABOVE) if name not in set(names)]
    asked = [*names, *beside]
    above = _above(directory, asked)
    graph = _reached(directory, [*asked, *above])
    measures = _measured(graph)
    findings = _hidden(directory, [name for name in names if name in graph])
    for name in asked:
        if name not in graph:
            continue
        findings += [
            _finding("target-missing", name, _MISSING_TOO.with_(target=each, key=name))
            for each in graph[name].falls_back[:_SAID]
        ]
        if lost := graph[name].missing:
            findings += [
                _finding("target-missing", name, _MISSING.with_(target=each), "warning") for each in lost[:_SAID]
            ]
    looped = [_finding("alias-loop", each[0], _LOOP.with_(round=" → ".join(each))) for each in _rounds(graph, asked)]
    for name in [*asked, *above]:
        depth, size = measures.get(name, (0, 0))
        if depth > DEEPEST and not looped:
            findings.append(_finding("alias-too-deep", name, _DEEP.with_(most=DEEPEST)))
        elif size > MOST_RECIPIENTS:
            findings.append(_finding("alias-too-wide", name, _MANY.with_(most=MOST_RECIPIENTS)))
    return [*looped, *findings]


def check_new_accounts(directory: Directory, addresses: Sequence[str]) -> list[Finding]:
    """That an alias of the same name takes the mail of accounts that come."""
    return _hidden(directory, list(directory.rows("aliases", addresses)))


def _hidden(directory: Directory, names: Sequence[str]) -> list[Finding]:
    """Accounts that an alias of the same name hides."""
    accounts = directory.rows("accounts", [name for name in names if not is_catch_all(name)])
    aliases = directory.rows("aliases", list(accounts))
    return [
        _finding("alias-hides-account", name, _HIDES.with_(key=name), "warning")
        for name in accounts
        if name in aliases and name not in map(folded, aliases[name]["targets"])
    ]


def _above(directory: Directory, names: Sequence[str]) -> list[str]:
    """Aliases that lead to `names`, as far up as can matter."""
    found: dict[str, None] = {}
    level: Sequence[str] = names
    for _ in range(DEEPEST):
        level = [each for each in directory.aliases_to(level, _MOST_ABOVE) if each not in found and each not in names]
        found |= dict.fromkeys(level)
        if not level or len(found) > _MOST_ABOVE:
            break
    return list(found)[:_MOST_ABOVE]


def _reached(directory: Directory, names: Sequence[str]) -> dict[str, _Alias]:
    """Every alias that can be reached from `names`, one level beyond the deepest."""
    graph: dict[str, _Alias] = {}
    level: Collection[str] = names
    for _ in range(DEEPEST + 2):
        rows = directory.rows("aliases", [name for name in level if name not in graph])
        if not rows:
            break
        targets = list(dict.fromkeys(folded(target) for row in rows.values() for target in row["targets"]))
        falls, missing = _falls(directory, targets)
        for name, row in rows.items():
            alias = graph[name] = _Alias()
            for target in map(folded, row["targets"]):
                if target == name:
                    alias.keeps_copy = True
                if falls.get(target) == name != target:
                    alias.falls_back.append(target)
                elif target != name and target in falls:
                    alias.leads.append(falls[target])
                else:
                    alias.ends += 1
                if target in missing and (target == name or target not in falls):
                    alias.missing.append(target)
        level = list(dict.fromkeys(each for name in rows for each in graph[name].leads))
    return graph


def _falls(directory: Directory, targets: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """The alias that each target is expanded by, where one is; and the targets in domains hosted here that have neither
    an account nor a catch-all."""
    falls = {key: key for key in directory.rows("aliases", targets)}
    hosted = directory.rows("domains", list(dict.fromkeys(map(domain_of, targets))))
    local = [target for target in targets if domain_of(target) in hosted]
    accounts = directory.rows("accounts", local)
    nobodys = [target for target in local if target not in accounts]
    catch_alls = directory.rows("aliases", list(dict.fromkeys(f"@{domain_of(target)}" for target in nobodys)))
    missing = set()
    nobodys = directory.nobodys(nobodys)
    for target in nobodys:
        catch_all = f"@{domain_of(target)}"
        if target in falls or catch_all not in catch_alls:
            missing.add(target)
        else:
            falls[target] = catch_all
    return falls, missing


def _rounds(graph: Mapping[str, _Alias], names: Iterable[str]) -> list[list[str]]:
    """The circles that have no way out, each once, its first name again at its end."""
    rounds: list[list[str]] = []
    done: set[str] = set()
    for start in names:
        way: list[str] = []
        todo: list[tuple[str, bool]] = [(start, True)]
        while todo:
            name, entering = todo.pop()
            if not entering:
                way.pop()
                done.add(name)
            elif name in way:
                rounds.append([*way[way.index(name) :], name])
            elif name in graph and name not in done and not graph[name].keeps_copy:
                way.append(name)
                todo += [(name, False), *((each, True) for each in dict.fromkeys(graph[name].leads))]
    return rounds


def _measured(graph: Mapping[str, _Alias]) -> dict[str, tuple[int, int]]:
    """How deep each alias goes and how many addresses it becomes."""
    measures: dict[str, tuple[int, int]] = {}
    for start in graph:
        open_: set[str] = set()
        todo: list[tuple[str, bool]] = [(start, True)]
        while todo:
            name, entering = todo.pop()
            if name in measures or name not in graph:
                continue
            alias = graph[name]
            if entering:
                if name not in open_:
                    open_.add(name)
                    todo += [(name, False), *((each, True) for each in dict.fromkeys(alias.leads) if each not in open_)]
                continue
            # What is still open here is on the way itself: there a round ends.
            below = [measures.get(each, (0, 1)) for each in alias.leads]
            measures[name] = (
                1 + max((depth for depth, _ in below), default=0),
                alias.ends + sum(size for _, size in below),
            )
    return measures


def _finding(code: str, name: str, message: Text, severity: Severity = "error") -> Finding:
    return Finding(code, f"aliases/{name}/targets", message, severity)
