"""Everything that `script/bench` measures, in one run; its exit status is 1 where a limit was missed."""

from __future__ import annotations

import sys

from bench import asking, bulk, house, lists, mailauth, million

PARTS = {
    "house": house.main,
    "asking": asking.main,
    "bulk": bulk.main,
    "lists": lists.main,
    "million": million.main,
    "mailauth": mailauth.main,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"usage: script/bench [{' | '.join(PARTS)}]…", file=sys.stderr)
        return 2
    status = 0
    for name in names or PARTS:
        print(f"--- {name}", flush=True)
        status |= PARTS[name]()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
