"""Numbers in Chinese and English texts, in figures and in words, with their units.

A number has one value however it is written: ``1,000``, ``a thousand``, ``1 千`` and ``一千``; ``5%``, ``five per cent`` and
``百分之五``; ``two thirds`` and ``三分之二``; ``500 ms`` and ``0.5 秒``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from operator import methodcaller
from typing import Final, NamedTuple

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
_TENS: Final = {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_CARDINAL: Final = {w: n for n, w in enumerate(_SMALL)} | _TENS
_SCALE: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINAL: Final[dict[str, int]] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "twelfth": 12, "hundredth": 100, "thousandth": 1000, "millionth": 10**6,
}  # fmt: skip
_MEANING: Final[dict[str, int]] = {
    "doubles": 2, "doubled": 2, "both": 2, "pair": 2, "once": 1, "thrice": 3, "triple": 3, "triples": 3, "dozen": 12,
    "hundredfold": 100, "tenfold": 10, "single": 1, "decade": 10, "century": 100, "fortnight": 14, "twice": 2, "double": 2,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_OTHER: Final = {w: Fraction(n) for w, n in {**_MEANING, **_ORDINAL}.items()} | {
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "quarter": Fraction(1, 4),
}  # fmt: skip
_PARTS: Final = {"half": 2, "third": 3, "quarter": 4, "fourth": 4} | {w: n for w, n in _ORDINAL.items() if n > 4}

_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_MYRIADS: Final = {"万": 10**4, "亿": 10**8}

_UNITS: Final[dict[str, dict[Fraction, tuple[str, ...]]]] = {
    "time": {
        Fraction(1, 10**9): ("ns", "nanosecond", "纳秒"),
        Fraction(1, 10**6): ("µs", "μs", "us", "microsecond", "微秒"),
        Fraction(1, 1000): ("ms", "millisecond", "毫秒"),
        Fraction(1): ("s", "sec", "second", "秒"),
        Fraction(60): ("min", "minute", "分钟"),
        Fraction(3600): ("h", "hour", "小时"),
        Fraction(86400): ("d", "day", "天", "日"),
        Fraction(604800): ("week", "周", "星期"),
    },
    "size": {
        Fraction(1): ("B", "byte", "字节"),
        Fraction(10**3): ("KB", "kB", "kilobyte"),
        Fraction(10**6): ("MB", "megabyte"),
        Fraction(10**9): ("GB", "gigabyte"),
        Fraction(10**12): ("TB", "terabyte"),
        Fraction(2**10): ("KiB",),
        Fraction(2**20): ("MiB",),
        Fraction(2**30): ("GiB",),
    },
    "bits": {Fraction(1): ("bit", "位", "比特")},
    "share": {Fraction(1, 100): ("%", "％", "percent", "个百分点")},
}
_UNIT_OF: Final = {name: (kind, factor) for kind, units in _UNITS.items() for factor, names in units.items() for name in names}
_SHORT: Final = frozenset(name for name in _UNIT_OF if len(name) <= 3 and name.isascii())

_FIGURE: Final = r"\d{1,3}(?:[,\u2009\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*"
_CHINESE: Final = "[零〇一二两三四五六七八九十百千万亿]"
_NUMBER: Final = re.compile(
    rf"(?P<parts>百分之|千分之|万分之|{_CHINESE}{{1,12}}分之)(?P<count>{_FIGURE}|{_CHINESE}{{1,12}}(?:点{_CHINESE}{{1,12}})?)"
    rf"|(?<![A-Za-z0-9_])(?P<version>[vV])?(?P<figure>{_FIGURE})(?P<suffix>(?:st|nd|rd|th|k|K|M)(?![A-Za-z0-9]))?(?P<glued>[A-Za-z0-9_]+)?"
    rf"|(?P<before>[第几数上成好约每一])?(?P<han>{_CHINESE}{{1,24}})"
)
_WORD: Final = re.compile(r"[A-Za-z]+")
_NAMES: Final = frozenset(w for name in ("a", "an", *_CARDINAL, *_OTHER) for w in (name, name.capitalize())) - {"may"}
_REST: Final = re.compile(r"-([A-Za-z]+)")
_NEXT: Final = re.compile(r"\s([A-Za-z]+)")
_UNIT: Final = re.compile(
    r"[\s\u00a0-]?(?:(?P<percent>%|％|per\s?cent\b|个百分点)|(?P<han>毫秒|微秒|纳秒|秒|分钟|小时|星期|周|天|日|字节|比特|位)|(?P<name>[A-Za-zµμ]+))"
)
_TIMES: Final = re.compile(r"[\s\u00a0]?([百千]?[万亿]|[百千])(?![分方])")
_SCALED: Final = re.compile(r"[\s\u00a0](hundred|thousand|million|billion|trillion)s?\b", re.IGNORECASE)
# Words that count things: `三个` is a number, `三方`, `十分` and `再三` need not be one.
_COUNTS: Final = re.compile(
    r"\s?(?:个|种|类|台|步|项|条|次|倍|年|月|天|周|秒|毫秒|分钟|小时|轮|层|级|份|名|章|节|篇|页|行|列|件|组|块|段|家|阶段|副本|字节|票|点|人|张|位)"
)
_START: Final = methodcaller("start")
_FACTORS: Final = 4  # "two hundred thousand million"
_NEARLY: Final = re.compile("一二|二三|两三|三四|四五|五六|六七|七八|八九")  # 三四次: three or four


class Quantity(NamedTuple):
    """A number in a text."""

    offset: int
    """Of the first character in the text."""
    written: str
    values: frozenset[Fraction]
    """What it may mean: ``一千分之一`` is a thousandth, and "one in a thousand"."""
    unit: tuple[str, Fraction] | None
    """Kind of unit and its size in the unit of that kind; None if it has none."""
    exact: bool
    """Whether the other language must have it, too. False for small numbers and idioms: ``one``, ``both``, ``第三``."""
    weak: bool = False
    """Whether it only counts what follows (``三点``, "four kinds"), so that a translation may leave it out."""


def read_quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers in a text, in order.

    >>> [(str(max(q.values)), q.unit and q.unit[0]) for q in read_quantities("1,000 nodes, five per cent, 三分之二, 500 ms")]
    [('1000', None), ('5', 'share'), ('2/3', None), ('500', 'time')]
    >>> [q.written for q in read_quantities("SHA-256, K3s, RFC9110 and IPv6")]
    []
    """
    # Most words are not numbers: looking them up is faster than an expression with all names of numbers.
    tokens = [m for m in _WORD.finditer(text) if m[0] in _NAMES]
    tokens = sorted([*tokens, *_NUMBER.finditer(text)], key=_START) if tokens else list(_NUMBER.finditer(text))
    behind = 0  # the end of the last number: words of one number are read together
    for m in tokens:
        if m.start() < behind:
            continue
        quantity = _quantity(text, m)
        if quantity is not None:
            behind = quantity[1]
            yield quantity[0]


def _quantity(text: str, m: re.Match[str]) -> tuple[Quantity, int] | None:
    """Return the number that begins at a token, and where it ends; None if the token is not a number."""
    if m.re is _WORD:
        return _english(text, m)
    if m["parts"]:
        return _chinese_part(m)
    return _figure(text, m) if m["figure"] else _chinese(text, m)


def _chinese_part(m: re.Match[str]) -> tuple[Quantity, int] | None:
    whole = _chinese_value(m["parts"].removesuffix("分之"))
    count = Fraction(m["count"].replace(",", "")) if m["count"][0].isdecimal() and _is_plain(m["count"]) else None
    count = count if count is not None else _chinese_value(m["count"])
    if not whole or count is None:
        return None
    values = {count / whole} | ({count * 100 / whole} if whole in (100, 1000, 10000) else set())
    if count == 1:
        values.add(whole)
    return Quantity(m.start(), m[0], frozenset(values), None, True), m.end()


def _figure(text: str, m: re.Match[str]) -> tuple[Quantity, int] | None:
    figure, before = m["figure"], text[max(0, m.start() - 1) : m.start()]
    if not _is_plain(figure) or len(figure) > 30 or before in {".", "_", "^", "#", "/", "@"}:
        return None  # a version (1.2.3), part of a name or an address
    if before == "-" and text[max(0, m.start() - 2) : m.start() - 1].isalpha():
        return None
    value, end, exact = Fraction(re.sub(r"[,\u2009\u202f]", "", figure)), m.end("figure"), True
    if m["suffix"] in ("st", "nd", "rd", "th"):
        return Quantity(m.start(), m[0], frozenset({value}), None, False), m.end("suffix")
    if m["suffix"] and not m["glued"]:
        value, end = value * (10**6 if m["suffix"] == "M" else 1000), m.end("suffix")
    elif m["glued"] and m["glued"] not in _UNIT_OF:
        return None  # 5G, 2PC, 4xx
    if m["glued"] == "s" and value >= 1000 and value % 10 == 0:
        return Quantity(m.start(), m[0], frozenset({value}), None, True), m.end()  # 1990s
    if before in {"(", "（"} and text[end : end + 1] in {")", "）"}:
        exact = False  # (2) refers to a line of a list
    if m["version"]:
        exact = False  # v1.35 and 1.35 are the same version; v2 may be part of a name
    values = {value}
    if times := _TIMES.match(text, end):
        value, end = value * (_chinese_value("一" + times[1]) or 1), times.end()
        values = {value}
    elif times := _SCALED.match(text, end):
        value, end = value * _SCALE[times[1].lower()], times.end()
        values = {value}
    unit, end = _unit(text, end)
    if unit and unit[0] == "share":
        values.add(value / 100)
    return Quantity(m.start(), text[m.start() : end].strip(), frozenset(values), unit, exact and value > 1), end


def _english(text: str, m: re.Match[str]) -> tuple[Quantity, int] | None:
    """Return a number that begins with an English word: ``twenty-five``, ``two thirds``, ``a hundred thousand``."""
    first, before = m[0].lower(), text[max(0, m.start() - 1) : m.start()]
    hyphenated = _REST.match(text, m.end())
    rest, end = (hyphenated[1].lower(), hyphenated.end()) if hyphenated else ("", m.end())
    if (before.isascii() and before.isalnum()) or before in {"_", ".", "-"}:
        return None
    if first in ("a", "an"):
        return None if rest else _with_article(text, m)
    if first in _CARDINAL:
        value = Fraction(_CARDINAL[first])
        if rest in _CARDINAL:
            value += _CARDINAL[rest]
        elif rest in _SCALE:
            value *= _SCALE[rest]
        elif rest.rstrip("s") in _PARTS:
            return Quantity(m.start(), text[m.start() : end], frozenset({value / _PARTS[rest.rstrip("s")]}), None, True), end
    else:
        values = {_OTHER[first]}
        if first in _PARTS:
            values.add(Fraction(1, _PARTS[first]))
        return Quantity(m.start(), m[0], frozenset(values), None, False), m.end()
    for _ in range(_FACTORS):
        following = _next_word(text, end)
        if following is None:
            break
        name, behind = following
        if name in _SCALE:
            value *= _SCALE[name]
        elif name.rstrip("s") in _PARTS and value < 10 and (value == 1 or name.endswith("s")):
            value /= _PARTS[name.rstrip("s")]
            return Quantity(m.start(), text[m.start() : behind], frozenset({value}), None, value != Fraction(1, 2)), behind
        else:
            break
        end = behind
    unit, end = _unit(text, end) if not rest or rest in _CARDINAL else (None, end)
    values = {value} | ({value / 100} if unit and unit[0] == "share" else set())
    return Quantity(
        m.start(), text[m.start() : end].strip(), frozenset(values), unit, value > 2, weak=value < 10 and not unit
    ), end


def _with_article(text: str, m: re.Match[str]) -> tuple[Quantity, int] | None:
    """Return a number that begins with ``a``: "a thousand", "a tenth of", "an hour"."""
    following = _next_word(text, m.end())
    if following is None:
        return None
    name, end = following
    if name in _SCALE:
        values, exact = {Fraction(_SCALE[name])}, False
    elif name in _PARTS:
        values, exact = {Fraction(1, _PARTS[name])}, text.startswith(" of ", end) and name != "quarter"
    elif name in _UNIT_OF and name not in _SHORT:
        return Quantity(m.start(), text[m.start() : end], frozenset({Fraction(1)}), _UNIT_OF[name], False), end
    else:
        return None
    return Quantity(m.start(), text[m.start() : end], frozenset(values), None, exact), end


def _next_word(text: str, end: int) -> tuple[str, int] | None:
    """Return the word behind an offset and its end, if only a space is between."""
    m = _NEXT.match(text, end)
    return (m[1].lower(), m.end()) if m is not None else None


def _chinese(text: str, m: re.Match[str]) -> tuple[Quantity, int] | None:
    start, han, end = m.start("han"), m["han"], m.end()
    value = _chinese_value(han)
    if value is None:
        return None
    if han == "一" and text.startswith("半", end):
        return Quantity(start, "一半", frozenset({Fraction(1, 2)}), None, False), end + 1
    if text.startswith("成", end) and value < 10 and not text.startswith(("成为", "成功", "成本", "成员", "成立", "成熟"), end):
        return Quantity(start, han + "成", frozenset({value / 10, value * 10}), None, False), end + 1
    counted = _COUNTS.match(text, end) is not None
    unit, end = _unit(text, end)
    vague = (
        m["before"] in {"第", "几", "数", "上", "成", "好"}
        or text.startswith(("余", "多", "几", "来", "年代"), m.end())
        or not any(c in _DIGITS or c == "十" for c in han)
        or _NEARLY.search(han) is not None
    )
    exact = value > 2 and counted and not vague
    return Quantity(start, text[start:end].strip(), frozenset({value}), unit, exact, weak=value < 10 and not unit), end


def _chinese_value(text: str) -> Fraction | None:
    """Return the value of a Chinese numeral, or None if the characters are none.

    >>> [str(_chinese_value(n)) for n in ("三", "十二", "二百五十", "一万两千", "二〇二六", "九十九点九", "万")]
    ['3', '12', '250', '12000', '2026', '999/10', '10000']
    """
    text, _, decimals = text.partition("点")
    tail = Fraction(0)
    if decimals:
        if not all(c in _DIGITS for c in decimals):
            return None
        tail = Fraction(int("".join(str(_DIGITS[c]) for c in decimals)), 10 ** len(decimals))
    if len(text) > 1 and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text)) + tail
    total, section, digit = 0, 0, None
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _PLACES:
            section += (1 if digit is None else digit) * _PLACES[c]
            digit = None
        elif c in _MYRIADS:
            group = section + (digit or 0)
            total, section, digit = (
                (total + (group or 1)) * _MYRIADS[c] if not total else total + (group or 1) * _MYRIADS[c],
                0,
                None,
            )
        else:
            return None
    return Fraction(total + section + (digit or 0)) + tail


def _is_plain(figure: str) -> bool:
    return figure.count(".") <= 1


def _unit(text: str, end: int) -> tuple[tuple[str, Fraction] | None, int]:
    """Return the unit behind a number, and where it ends."""
    m = _UNIT.match(text, end)
    if m is None:
        return None, end
    if m["percent"]:
        return _UNIT_OF["%"], m.end()
    if m["han"]:
        return _UNIT_OF[m["han"]], m.end()
    name = m["name"]
    unit = _UNIT_OF.get(name) if name in _SHORT else _UNIT_OF.get(name.lower().removesuffix("s"))
    # "99 s" is a time; in "of 3 h" and "2 d" one letter may be anything.
    return (unit, m.end()) if unit is not None and (len(name) > 1 or name in "sB") else (None, end)
