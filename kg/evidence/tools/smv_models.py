"""Models of NuSMV as text, and runs of the tool on them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.process import sandbox
from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence.tools.base import Installed

_SCRIPT: Final = "set on_failure_script_quits\n{}read_model -i model.smv\ngo\n{}check_property\nshow_property\nquit\n"
SPECIFICATIONS: Final = "CTLSPEC|SPEC|LTLSPEC|INVARSPEC|PSLSPEC|COMPUTE"
"""The keywords of sections that are specifications."""
FAIRNESS: Final = "FAIRNESS|JUSTICE|COMPASSION"
BEHAVIOUR: Final = f"ASSIGN|TRANS|INIT|INVAR|{FAIRNESS}"
SECTION: Final = re.compile(rf"\b(?:MODULE|VAR|IVAR|FROZENVAR|DEFINE|CONSTANTS|ISA|{BEHAVIOUR}|{SPECIFICATIONS})\b")
PROPERTY: Final = re.compile(
    r"^(\d+)\s*:\s*(.*?)\s*\n\s*\[(CTL|LTL|Invar|PSL|Quantitative)\s+(\S+)\s+(\S+)\s+(\S+)\s*\]", re.MULTILINE | re.DOTALL
)


def without_comments(text: str) -> str:
    """A model with blanked-out comments: from ``--`` to the end of the line, and from ``/--`` to ``--/``.

    >>> without_comments("a -- /-- b\\nc /-- d\\n--/ e")
    'a \\nc      \\n    e'
    """
    return re.sub(
        r"/--.*?(?:--/|\Z)|--[^\n]*", lambda m: "" if m[0][0] == "-" else re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL
    )


def run_model(installed: Installed, model: str, limits: SandboxLimits, *, traces: bool = False) -> Caged:
    """Run the model checker on a model; it checks and lists all specifications.

    Traces take time, and the tool fails to make some of models with COMPASSION.
    """
    script = _SCRIPT.format("" if traces else "unset counter_examples\n", "check_fsm\n" if constrained(model) else "")
    return sandbox.run(
        [installed.path, "-source", "commands"],
        {"model.smv": model, "commands": script},
        limits=limits,
        tools=[Path(installed.path)],
    )


def without_sections(model: str, names: str) -> str:
    """Remove the sections that `names`, a regular expression, matches from a model without comments.

    >>> without_sections("MODULE main\\nVAR x : boolean;\\nSPEC AG x\\nDEFINE y := x;", SPECIFICATIONS)
    'MODULE main\\nVAR x : boolean;\\nDEFINE y := x;'
    """
    text = without_comments(model)
    cut = re.compile(rf"(?:{names})\b")
    cuts = [m.start() for m in SECTION.finditer(text)] + [len(text)]
    out, last = [], 0
    for start, end in itertools.pairwise(cuts):
        out.append(text[last:start])
        out.append("" if cut.match(text, start) else text[start:end])
        last = end
    return "".join(out)


def constrained(model: str) -> bool:
    """Whether constraints may leave a model without initial states, fair paths, or a state without a successor.

    Assignments alone can't, and to look for such states among all, and not the reachable ones only, takes long.

    >>> constrained("MODULE main\\nVAR x : boolean;\\nASSIGN next(x) := !x; -- INVAR"), constrained("INIT x")
    (False, True)
    """
    return bool(re.search(rf"\b(?:TRANS|INIT|INVAR|{FAIRNESS})\b", without_comments(model)))


class ModelSection(NamedTuple):
    """A section of a model."""

    module: str
    keyword: str
    text: str


def sections(model: str, names: str) -> list[ModelSection]:
    """The sections that `names` matches in a model without comments.

    >>> sections("MODULE main\\nVAR x : boolean;\\nINVAR x;\\nSPEC AG x", "INVAR")
    [ModelSection(module='main', keyword='INVAR', text='x')]
    """
    starts = [*SECTION.finditer(model)]
    named, module = [], ""
    for m, end in zip(starts, [*(m.start() for m in starts[1:]), len(model)], strict=True):
        text = " ".join(model[m.end() : end].split())
        if m[0] == "MODULE":
            module = re.split(r"[\s(]", text, maxsplit=1)[0]
        elif re.fullmatch(names, m[0]):
            named.append(ModelSection(module, m[0], text.rstrip("; ")))
    return named


def with_specifications(model: str, specs: list[str]) -> str:
    """Add specifications at the end of the main module.

    >>> with_specifications("MODULE main\\nVAR x : boolean;\\nMODULE b", ["CTLSPEC x"])
    'MODULE main\\nVAR x : boolean;\\nCTLSPEC x\\nMODULE b'
    """
    main = re.search(r"\bMODULE\s+main\b", model)
    after = re.search(r"\bMODULE\b", model[main.end() :]) if main is not None else None
    cut = main.end() + after.start() if main is not None and after is not None else len(model)
    before = model[:cut].rstrip("\n") + "\n"
    return before + "\n".join(specs) + "\n" + model[cut:]
