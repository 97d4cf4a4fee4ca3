"""The YAML file: every scalar as its source text, nothing guessed, nothing that can blow up.

A list of names may hold `10.`, `123`, `null` or `off`: what they mean is said by the option, not by YAML. Anchors and
aliases are refused (a file of ten lines can otherwise stand for a terabyte), so are two keys of the same name.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fumibako.schema.codec import Scalar, shown
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json
from fumibako.schema.text import Text

DEEPEST = 20  # levels; the settings have five


def load(text: str) -> tuple[dict[str, Json] | None, list[Finding]]:
    """The file's tree of mappings, lists and `Scalar`s, or None and the findings; an empty file is an empty tree.

    A finding of this kind has the path `line N`.
    """
    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except YAMLError as error:
        return None, [_unreadable(error)]
    except (RecursionError, ValueError):
        return None, [Finding("yaml", "line 1", Text("This cannot be read as YAML.", "YAML として読めません。"))]
    if node is None:
        return {}, []
    findings: list[Finding] = []
    tree = _built(node, findings, 0)
    if not findings and not isinstance(tree, dict):
        findings.append(
            Finding(
                "not-a-mapping",
                "line 1",
                Text(
                    "The file should begin with `fumibako: 1` and name its sections.",
                    "ファイルは「fumibako: 1」で始め、続けて各セクションを書いてください。",
                ),
            )
        )
    return (None, findings) if findings else (tree, [])


def dump(tree: Json) -> str:
    """The tree as YAML that `load` reads back to the same texts: keys in the given order, names never mistaken."""
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_unicode = True
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_written(tree), out)
    return out.getvalue()


def _built(node: Node, findings: list[Finding], depth: int) -> Json:
    line = node.start_mark.line + 1 if node.start_mark else 1
    if node.anchor is not None:
        findings.append(
            Finding(
                "yaml-anchor", f"line {line}", Text("Anchors (&) are not used here.", "アンカー (&) は使えません。")
            )
        )
        return None
    if depth > DEEPEST:
        findings.append(
            Finding("yaml-depth", f"line {line}", Text("This is nested too deeply.", "入れ子が深すぎます。"))
        )
        return None
    match node:
        case ScalarNode():
            return Scalar(str(node.value), plain=not node.style)
        case SequenceNode():
            return [_built(item, findings, depth + 1) for item in node.value]
        case MappingNode():
            tree: dict[str, Json] = {}
            for key_node, value_node in node.value:
                key = _built(key_node, findings, depth + 1)
                where = f"line {key_node.start_mark.line + 1}"
                if not isinstance(key, str):
                    findings.append(
                        Finding("yaml-key", where, Text("A key must be a name.", "キーは名前で書いてください。"))
                    )
                elif key in tree:
                    twice = Text("“{key}” is written twice.", "「{key}」が二度書かれています。")
                    findings.append(Finding("yaml-twice", where, twice.with_(key=shown(key))))
                else:
                    tree[str(key)] = _built(value_node, findings, depth + 1)
            return tree
    raise AssertionError(f"a YAML node of an unknown kind: {node!r}")


def _unreadable(error: YAMLError) -> Finding:
    line, problem = 1, ""
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, problem = (mark.line + 1 if mark else 1), str(error.problem or "")
    return Finding(
        "yaml",
        f"line {line}",
        Text("This cannot be read as YAML ({problem}).", "YAML として読めません ({problem})。").with_(
            problem=shown(problem)
        ),
    )


def _written(value: Json) -> Any:
    """`load` takes texts from the source, but people's other tools guess: ruamel quotes what they would mistake."""
    if isinstance(value, Mapping):
        return {str(key): _written(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    return str(value) if isinstance(value, Scalar) else value
