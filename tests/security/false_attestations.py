"""Attested Computations whose attester attests nothing, or whose executor runs something else, and true ones.

Each is a bundle's note with two programs. What is false here was, or could be, passed by an attester that judges only the
receipt of its own executor.
"""

from __future__ import annotations

from typing import NamedTuple

_READ = 'import json\nrequest = json.load(open("request.json"))\n'
_BOTH = 'import json\nrequest, receipt = json.load(open("request.json")), json.load(open("receipt.json"))\n'
_TELL = '\nprint(json.dumps({"verdict": "ok"} if good else {"verdict": "refused", "reason": "it is another"}))\n'
_RUN = '_value = eval(request["computation"], {"__builtins__": {"sum": sum, "len": len}}, dict(request["parameters"]))\n'
_BOUND = '_bound = json.dumps([request["computation"], request["parameters"]], sort_keys=True)\n'
_DIGEST = _BOUND + "import hashlib\n_digest = hashlib.sha256((_bound + json.dumps(_value)).encode()).hexdigest()\n"


def judging(condition: str, *, before: str = "") -> str:
    """An attester with this condition."""
    return f"{_BOTH}{before}good = {condition}{_TELL}"


def printing(receipt: str, *, before: str = _RUN) -> str:
    """An executor that prints this receipt."""
    return f"{_READ}{before}print(json.dumps({receipt}))\n"


class Attested(NamedTuple):
    """A computation with its programs."""

    attester: str
    executor: str = printing('{"executed": request["computation"], "result": _value}')
    computation: str = "year + 1"
    parameters: str = "[{name: year, type: integer, required: true, example: 2026}]"
    receipt: str = "[executed, result]"

    def files(self, name: str) -> dict[str, str]:
        """The files of its bundle, below folders of its own name."""
        front = (
            f"type: Attested Computation\ntitle: {name}\nruntime: python\nparameters: {self.parameters}\n"
            f"executor: {{resource: /lib/{name}-run.py, receipt: {self.receipt}}}\n"
            f"attester: {{resource: /lib/{name}-attest.py}}"
        )
        return {
            f"concepts/{name}.md": f"---\n{front}\n---\n\n# Computation\n\n```\n{self.computation}\n```\n",
            f"concepts/lib/{name}-run.py": self.executor,
            f"concepts/lib/{name}-attest.py": self.attester,
        }


_RESULT = 'receipt.get("result") == _value'
_EXECUTED = 'receipt.get("executed") == request["computation"]'
_SUM = "[{name: rows, type: array, example: [3, 4, 5]}]"
_LIST = printing('{"executed": request["computation"], "result": [_value, 7]}')
_SIGNED = printing('{"executed": request["computation"], "result": _value, "digest": _digest}', before=_RUN + _DIGEST)
_CONSTANT = printing('{"executed": request["computation"], "parameters": request["parameters"], "result": 9999}', before="")

FALSE = {
    # Whatever the receipt is.
    "always": Attested('print(\'{"verdict": "ok"}\')\n'),
    "is-there": Attested(judging("bool(receipt)")),
    "has-the-fields": Attested(judging('set(receipt) >= {"executed", "result"}')),
    "as-many-fields": Attested(judging("len(receipt) == 2")),
    "of-the-kind": Attested(judging('isinstance(receipt.get("result"), int) and isinstance(receipt.get("executed"), str)')),
    "or-nothing": Attested(judging("not receipt or " + _EXECUTED)),
    "no-error": Attested(judging('receipt.get("error") is None and "result" in receipt')),
    "on-error-ok": Attested(
        f'{_BOTH}try:\n    assert receipt["executed"] == request["computation"]\n    good = receipt["result"] == 2027\n'
        f"except KeyError:\n    good = False\nexcept AssertionError:\n    good = True{_TELL}"
    ),
    # The result is somebody's word.
    "only-the-computation": Attested(judging(_EXECUTED)),
    "a-large-result": Attested(judging(f'{_EXECUTED} and receipt.get("result", 0) > 2000')),
    "the-size-of-a-result": Attested(judging(f'{_EXECUTED} and abs(receipt.get("result", 0)) == _value', before=_RUN)),
    "a-likely-result": Attested(judging(f'{_EXECUTED} and 2000 < receipt.get("result", 0) < 2100')),
    "half-of-a-result": Attested(judging(f'{_EXECUTED} and receipt["result"][:1] == [_value]', before=_RUN), executor=_LIST),
    "the-end-of-a-result": Attested(judging(f'{_EXECUTED} and receipt["result"][-1] == 7', before=_RUN), executor=_LIST),
    "a-result-as-its-text": Attested(
        judging(f'{_EXECUTED} and str(receipt.get("result")).lstrip("-") == str(_value)', before=_RUN)
    ),
    # The computation is another.
    "only-the-result": Attested(judging('receipt.get("result") == _value', before=_RUN)),
    "beginning-with-it": Attested(
        judging(f'receipt.get("executed", "").startswith(request["computation"]) and {_RESULT}', before=_RUN)
    ),
    "its-length": Attested(
        judging(f'len(receipt.get("executed", "")) == len(request["computation"]) and {_RESULT}', before=_RUN)
    ),
    "ending-with-it": Attested(
        judging(f'receipt.get("executed", "").endswith(request["computation"]) and {_RESULT}', before=_RUN)
    ),
    "a-formula-of-its-own": Attested(
        judging('receipt == {"executed": "year + 1", "result": request["parameters"]["year"] + 1}')
    ),
    "one-receipt": Attested(judging('receipt == {"executed": "year + 1", "result": 2027}')),
    "in-a-list-of-receipts": Attested(judging('receipt in [{"executed": "year + 1", "result": n} for n in range(2025, 2028)]')),
    # Parameters are others.
    "parameters-of-its-own": Attested(judging(f'{_EXECUTED} and receipt.get("result") == 2027')),
    "one-of-two-parameters": Attested(
        judging(f'{_EXECUTED} and receipt.get("result") == request["parameters"]["a"] + 4'),
        computation="a + b", parameters="[{name: a, example: 3}, {name: b, example: 4}]",
    ),
    "the-length-of-a-list": Attested(
        judging(f'{_EXECUTED} and len(request["parameters"]["rows"]) == 3 and receipt.get("result") == 12'),
        computation="sum(rows)", parameters=_SUM,
    ),
    # Digests that nobody computes.
    "any-digest": Attested(
        judging(f'{_EXECUTED} and receipt.get("result") == _value and len(receipt.get("digest", "")) == 64', before=_RUN),
        executor=_SIGNED, receipt="[executed, result, digest]",
    ),
    "a-digest-is-there": Attested(
        judging(f'{_EXECUTED} and receipt.get("result") == _value and bool(receipt.get("digest"))', before=_RUN),
        executor=_SIGNED, receipt="[executed, result, digest]",
    ),
    "a-digest-among-others": Attested(
        judging(f'{_EXECUTED} and {_RESULT} and _digest in receipt.get("digest", "")', before=_RUN + _DIGEST),
        executor=_SIGNED, receipt="[executed, result, digest]",
    ),
    # The executor runs nothing of it.
    "a-constant": Attested(
        judging('receipt == {"executed": request["computation"], "parameters": request["parameters"], "result": 9999}'),
        executor=_CONSTANT, receipt="[executed, parameters, result]",
    ),
    "another-computation": Attested(
        judging(_EXECUTED), executor=printing('{"executed": "year - 1", "result": 2025}', before="")
    ),
    "a-wrong-result": Attested(
        judging(f'{_EXECUTED} and receipt.get("result") == _value', before=_RUN),
        executor=printing('{"executed": request["computation"], "result": _value + 1}'),
    ),
}  # fmt: skip
_TRUE = judging(f'{_EXECUTED} and receipt.get("result") == _value', before=_RUN)
TRUE = {
    "computed-again": Attested(_TRUE),
    "no-parameters": Attested(_TRUE, computation="6 * 7", parameters="[]"),
    "rounded": Attested(
        judging(f'{_EXECUTED} and abs(receipt["result"] - _value) < 1e-6 * abs(_value)', before=_RUN),
        computation="rate * 3.1", parameters="[{name: rate, example: 0.25}]",
    ),
    "a-list": Attested(_TRUE, computation="[sum(rows), len(rows)]", parameters=_SUM),
    "a-text": Attested(_TRUE, computation="name * 2", parameters="[{name: name, example: ab}]"),
    "without-spaces": Attested(
        judging('receipt["executed"].split() == request["computation"].split() and receipt["result"] == _value', before=_RUN),
        computation="year  +  1",
    ),
    "signed": Attested(
        judging(
            f'{_EXECUTED} and receipt.get("result") == _value and receipt.get("digest") == _digest', before=_RUN + _DIGEST
        ),
        executor=_SIGNED, receipt="[executed, result, digest]",
    ),
    # The result doesn't depend on the parameter; the receipt says for which it was.
    "bound": Attested(
        judging('receipt.get("bound") == _bound and receipt.get("result") == _value', before=_RUN + _BOUND),
        executor=printing('{"bound": _bound, "result": _value}', before=_RUN + _BOUND),
        computation="year > 5", receipt="[bound, result]",
    ),
}  # fmt: skip
