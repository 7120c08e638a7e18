"""Node and edge records of pyvis, without the notebook code that pyvis imports.

`import pyvis` imports `network.py`, and with it IPython and jsonpickle, which takes up to a second. The two classes used here
need neither, so their modules are loaded from their files and the package is not imported. `sys.modules` is unchanged, so other
code can still import pyvis.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from kg.base.errors import UsageError


def _load(name: str) -> Any:
    package = find_spec("pyvis")
    spec: ModuleSpec | None = None
    if package is not None and package.origin is not None:
        spec = spec_from_file_location(f"pyvis.{name}", Path(package.origin).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise UsageError(
            "pyvis is needed to draw maps, and is not installed", hint="install it: pip install 'pyvis>=0.3.2,<0.4'"
        )
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Node: Any = _load("node").Node
Edge: Any = _load("edge").Edge
