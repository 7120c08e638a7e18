"""Evidence on the page of a concept: theorems and specifications with verdicts, counterexamples as table and diagram."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from html import escape
from itertools import groupby

from markupsafe import Markup

from kg.model import Evidence, EvidencePart, Trace
from kg.views.page.words import Words

_STATES: int = 40
_VARIABLES: int = 24
"""In the order of the tool, which prints variables before what is defined by them."""
_LIFELINES: int = 12
_UNSAFE = re.compile(r"[;#%\n\r<>]")


def parts(words: Words, proof: Evidence) -> Markup:
    """The theorems or specifications of a piece as a list; empty if it has none."""
    if not proof.parts:
        return Markup("")
    # Lemmas that just hold are one item: a proof has dozens.
    groups = [list(group) for _, group in groupby(proof.parts, key=_details)]
    items = "".join(_part(words, group[0], [part.name for part in group]) for group in groups)
    return Markup(f'<ul class="plain parts">{items}</ul>')  # noqa: S704  # every text in it is escaped below


def has_trace(proofs: Sequence[Evidence]) -> bool:
    """Whether a counterexample, and therefore a diagram, is shown."""
    return any(part.trace is not None for proof in proofs for part in proof.parts)


def _details(part: EvidencePart) -> Hashable:
    """What is shown of a part besides its name; of a part with a counterexample, the part itself."""
    return part.holds, part.expected, part.as_expected, part.note, id(part) if part.trace is not None else 0


def _part(words: Words, part: EvidencePart, names: Sequence[str]) -> str:
    """An item for parts that differ only in their names, of which `part` is the first."""
    verdict = {True: words("holds", n=len(names)), False: words("does-not-hold", n=len(names)), None: words("undecided")}[
        part.holds
    ]
    expected = "" if part.as_expected and part.expected else f" ({words('as-expected' if part.as_expected else 'unexpected')})"
    note = f' <span class="where">{escape(part.note)}</span>' if part.note else ""
    shown = _trace(words, part.trace) if part.trace is not None else ""
    shown_names = escape(words("list-separator")).join(f"<code>{escape(name)}</code>" for name in names)
    return f"<li>{shown_names} {escape(verdict)}{escape(expected)}{note}{shown}</li>"


def _trace(words: Words, trace: Trace) -> str:
    """A counterexample: a row for each variable, a column for each state; a cell spans the states that keep a value."""
    states = trace.states[:_STATES]
    names = _names(states)[:_VARIABLES]
    head = "".join(
        f'<th scope="col">{i}{" ↺" if trace.loop is not None and trace.loop == i - 1 else ""}</th>'
        for i in range(1, len(states) + 1)
    )
    rows = []
    for name in names:
        cells: list[str] = []
        for value, kept in groupby(state.get(name, "") for state in states):
            number = len(list(kept))
            shown = f"<mark>{escape(value)}</mark>" if cells else escape(value)
            span = f' colspan="{number}"' if number > 1 else ""
            cells.append(f"<td{span}>{shown}</td>")
        rows.append(f'<tr><th scope="row"><code>{escape(name)}</code></th>{"".join(cells)}</tr>')
    loop = f"<p>{escape(words('loops', n=trace.loop + 1))}</p>" if trace.loop is not None else ""
    return (
        f"<details><summary>{escape(words('counterexample'))}</summary>"
        f'<div class="scroll"><table class="trace"><thead><tr><th scope="col">{escape(words("state"))}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{loop}"
        f'<pre class="mermaid-source" tabindex="0">{escape(sequence(trace, words))}</pre></details>'
    )


def _names(states: Sequence[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for state in states for name in state))


def sequence(trace: Trace, words: Words) -> str:
    """A counterexample as a Mermaid sequence diagram: a lifeline for each changing variable, a message for each change."""
    states = trace.states[:_STATES]
    names = _names(states)
    moving = [n for n in names if len({state.get(n, "") for state in states}) > 1][:_LIFELINES] or names[:1]
    lines = ["sequenceDiagram"]
    lines += [f"  participant v{i} as {_plain(name)}" for i, name in enumerate(moving)]
    whole = f"v0,v{len(moving) - 1}" if len(moving) > 1 else "v0"
    for number, state in enumerate(states, 1):
        label = f"{words('state')} {number}" + (" ↺" if trace.loop is not None and trace.loop == number - 1 else "")
        lines.append(f"  Note over {whole}: {_plain(label)}")
        before = states[number - 2] if number > 1 else {}
        lines += [
            f"  v{i}->>v{i}: {_plain(state.get(name, ''))}"
            for i, name in enumerate(moving)
            if before.get(name) != state.get(name)
        ]
    if trace.loop is not None:
        lines.append(f"  Note over {whole}: {_plain(words('loops', n=trace.loop + 1))}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return _UNSAFE.sub(" ", text).strip() or "-"
