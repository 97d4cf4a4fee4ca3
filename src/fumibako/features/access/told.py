"""A pattern in words: the exact range that it means and how many addresses that is."""

from __future__ import annotations

from typing import Final

from fumibako.mail.address_range import AddressRange
from fumibako.mail.client_pattern import ClientPattern, Named
from fumibako.schema.text import Text, plain

# Above this a number says less than the power of two that it is.
_COUNTABLE: Final = 10**12
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_NAMED: Final = Text(
    "hosts whose verified reverse name is {name} or under it", "逆引き名が {name} かその下にあると確認できたホスト"
)


def meaning(pattern: ClientPattern) -> Text:
    """The range as first and last address (`192.168.0.21 – .24`), or which hosts a domain means."""
    if isinstance(pattern, Named):
        return _NAMED.with_(name=pattern.domain.unicode)
    return plain(str(pattern.range))


def number_of(addresses: AddressRange) -> Text:
    """How many addresses these are: `4 addresses`, `2⁹⁶ addresses`."""
    number = addresses.number
    if number == 1:
        return Text("1 address", "1 アドレス")
    power = number.bit_length() - 1
    exact = number == 1 << power
    said = f"{number:,}" if number < _COUNTABLE else f"{'' if exact else '> '}2{str(power).translate(_RAISED)}"
    return Text(f"{said} addresses", f"{said} アドレス")
