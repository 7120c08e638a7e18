"""Changed receipts and requests, which an attester must refuse: one that accepts them attests nothing.

The fields that a computation declares are the evidence that its attester inspects (OKF §10.2), so none of them may change
unnoticed; and what ran must be the sanctioned computation bound with its parameters (§10.3, §10.5).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

_BROKEN: Final = "\n)changed("
"""Behind a computation in any language, it is not a computation any more."""
_MOST_KEYS: Final = 8
"""Keys of an object that are changed, each in a run of its own."""
_LARGE: Final = 1e300
MOST: Final = 50
"""Fields and parameters of one computation: each is changed in a few runs."""


class Request(NamedTuple):
    """What an executor is asked to run."""

    computation: str
    parameters: Mapping[str, object]
    receipt: Sequence[str]

    def broken(self) -> Request:
        """The request for a computation that nothing can run."""
        return self._replace(computation=self.computation + _BROKEN)


class Attempt(NamedTuple):
    """A receipt that is none of its request."""

    name: str
    request: Request
    receipt: Mapping[str, object]


def false_attempts(request: Request, receipt: Mapping[str, object]) -> Iterator[Attempt]:
    """Return the false receipts, and requests that the receipt is not of."""
    yield Attempt("an empty receipt", request, {})
    for field in request.receipt or receipt:
        for how, value in _changes(receipt[field]):
            yield Attempt(f"a receipt with '{field}' {how}", request, {**receipt, field: value})
    yield Attempt("the receipt for another computation", request.broken(), receipt)
    for name, value in request.parameters.items():
        # Of a number or a text one other is enough: more of them might come to the same result.
        most = None if isinstance(value, list | Mapping) else 1
        for how, other in itertools.islice(_changes(value), most):
            asked = request._replace(parameters={**request.parameters, name: other})
            yield Attempt(f"the receipt for the parameter '{name}' {how}", asked, receipt)


def _changes(value: object) -> Iterator[tuple[str, object]]:
    """Return other values of the same kind, and how they differ: each is missed by another way to look only at a part.

    >>> list(_changes(5))
    [('increased', 6), ('negated', -5)]
    >>> list(_changes("ab"))
    [('extended in front', '1ab'), ('extended', 'ab\\n1'), ('replaced', '11')]
    >>> list(_changes([1, 2]))
    [('emptied', []), ('changed at 1', [2, 2]), ('changed at 2', [1, 3])]
    """
    match value:
        case bool():
            yield "negated", not value
        case int():
            yield "increased", value + 1
        case float():
            # More than a tolerance for rounding allows, and still a number of JSON.
            yield "increased", value + max(1.0, abs(value)) if abs(value) < _LARGE else value / 2
        case str():
            # Each is another text also where spaces, letter case, comments of a line or zeros in front mean nothing.
            yield "extended in front", f"1{value}"
        case list() | Mapping():
            yield ("emptied", type(value)()) if value else ("filled", [1] if isinstance(value, list) else {"changed": 1})
        case _:
            yield "filled", 1
    if isinstance(value, int | float) and value and not isinstance(value, bool):
        yield "negated", -value
    elif isinstance(value, str) and value:
        yield "extended", f"{value}\n1"
        yield "replaced", ("2" if set(value) == {"1"} else "1") * len(value)
    elif isinstance(value, list):
        for at in dict.fromkeys((0, len(value) - 1)) if value else ():
            yield f"changed at {at + 1}", [*value[:at], _other(value[at]), *value[at + 1 :]]
    elif isinstance(value, Mapping):
        for key, item in itertools.islice(value.items(), _MOST_KEYS):
            yield f"changed at '{key}'", {**value, key: _other(item)}


def _other(value: object) -> object:
    return next(_changes(value))[1]
