"""Words of the command line as values: texts, whole numbers, lists of them.

Typer would have pydantic do this, which takes longer to load than everything else that a command needs together, and
would complain in English. What we do not use is not here.
"""

from __future__ import annotations

from typing import Any

import typer
from typer._coercion import RuntimeParam, TypeDescriptor

from fumibako.cli.language import say


class PlainParam(RuntimeParam):
    """A parameter that is a text or a whole number, or several of one kind."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        kinds = [kind for kind in (bool, int) if kind in {self.annotation, *getattr(self.annotation, "__args__", ())}]
        convert = self._number if kinds == [int] else _unchanged
        if isinstance(value, (list, tuple)):
            return [convert(item, param, ctx) for item in value]
        return convert(value, param, ctx)

    def _number(self, value: Any, param: Any, ctx: Any) -> int:
        low, high = self.parameter_info.min, self.parameter_info.max
        try:
            number = int(value)
        except ValueError:
            said = say(f"{value!r} is not a whole number.", f"{value!r} は整数ではありません。")
            raise typer.BadParameter(said, ctx=ctx, param=param) from None
        if (low is not None and number < low) or (high is not None and number > high):
            bounds = (
                say(f"{low} or more", f"{low} 以上") if high is None else say(f"{low} to {high}", f"{low} から {high}")
            )
            said = say(
                f"{number} is out of range; right is {bounds}.", f"{number} は範囲外です。{bounds}の値にしてください。"
            )
            raise typer.BadParameter(said, ctx=ctx, param=param)
        return number


def _unchanged(value: Any, _param: Any, _ctx: Any) -> Any:
    return value


def plain(descriptor: TypeDescriptor) -> RuntimeParam:
    """What Typer asks for each parameter, in the place of its own `build_runtime_param`."""
    return PlainParam(descriptor.parameter_info, descriptor.annotation)
