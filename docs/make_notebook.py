"""Runs docs/notebook.ipynb and writes the results of its cells: ``python docs/make_notebook.py``.

It needs no Jupyter: cells run in order in one namespace, and the value of a last expression is its result, as there.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

NOTEBOOK: Final = Path(__file__).resolve().parent / "notebook.ipynb"


def run_notebook(cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Run the code cells of a notebook and return the outputs of each."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    return [
        _run_cell("".join(cell["source"]), number, namespace)
        for number, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), 1)
    ]


def _run_cell(source: str, number: int, namespace: dict[str, Any]) -> list[dict[str, Any]]:
    tree, printed, value = ast.parse(source), io.StringIO(), None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), namespace)  # noqa: S102 (the project's own notebook)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), namespace)  # noqa: S307 (likewise)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": printed.getvalue().splitlines(keepends=True)})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = value._repr_html_().splitlines(keepends=True)
        outputs.append({"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"})
    return outputs


def with_outputs(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with the outputs of its code cells."""
    outputs = iter(run_notebook(notebook["cells"]))
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number = sum(other["cell_type"] == "code" for other in cells) + 1
            cells.append({**cell, "execution_count": number, "outputs": next(outputs)})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def main() -> None:
    """Write the outputs into the notebook."""
    notebook = with_outputs(json.loads(NOTEBOOK.read_text("utf-8")))
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
