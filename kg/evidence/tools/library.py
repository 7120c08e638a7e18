"""What the code of a note does to the library and to what runs it; part of the harness, in the sandbox."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
import types
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

UNSEEN = ("ctypes.dlopen", "ctypes.dlsym", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.addaudithook")
"""Audit events of access to memory or objects outside the judged code."""
WITHIN = ("/proc/self/mem", "/proc/self/fd", "/proc/self/maps", "/proc/thread-self", "/dev/fd")
LIBRARY = (f"{Path(os.__file__).parent}{os.sep}", "<")
"""What the file name of library code starts with; code without a file is named in angle brackets."""
PRINTS = ("this", "antigravity")
"""Library modules that do something when they are imported."""
PATCHES = "unittest.mock"
"""The module that replaces attributes of others and restores them."""
HEAP_TYPE = 1 << 9
"""Flag of classes that were made at run time; the others can't be changed."""
CODE = ("__code__", "__defaults__", "__kwdefaults__")
"""What a function does; Python tells of changes to it."""
FRAMES = ("tb_frame", "f_code", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code")
"""Attributes through which code comes to the frames of what runs it; Python tells of access to them."""
NAMESPACES = ("__globals__", "__closure__", "__builtins__", "cell_contents", "f_globals", "f_locals", "f_back")
"""Attributes that contain the names of other code."""
FIXTURES = ("setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown", "maxDiff", "longMessage")
PLAIN = ("__module__", "__doc__", "__dict__", "__weakref__", "__qualname__")


class Library:
    """The modules that were imported, with their attributes and those of their classes as they were then."""

    def __init__(self) -> None:
        self.modules: dict[str, types.ModuleType] = {}
        self.parts: list[tuple[str, object, type, dict[str, object]]] = []
        self.classes: set[type] = set()
        self.data: list[tuple[str, object, object]] = []

    def add(self) -> None:
        """Record the modules that are new and complete."""
        for name, module in list[tuple[str, object]](sys.modules.items()):
            # `multiprocessing` gives the main module a second name.
            if name in self.modules or not isinstance(module, types.ModuleType) or module is sys.modules["__main__"]:
                continue
            if getattr(getattr(module, "__spec__", None), "_initializing", False):
                continue
            self.modules[name] = module
            self._add(name, module)
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__flags__ & HEAP_TYPE and value not in self.classes:
                    self.classes.add(value)
                    self._add(f"{value.__module__}.{value.__qualname__}", value)

    def _add(self, name: str, owner: object) -> None:
        kept = {}
        for key, value in list(vars(owner).items()):
            public, state = "_" not in (key[:1], name[0]), bool({name, f"{name}.{key}"} & STATE)
            # Functions, constants and data: other values are where the library keeps its state.
            if callable(value) or hasattr(value, "__get__") or (key[:1] != "_" and type(value) in (int, float, complex, str)):
                kept[key] = value
            elif public and not state and type(value) in (bool, bytes, *CONTAINERS):
                kept[key] = value
                self.data.append((f"{name}.{key}", value, copied(value)))
        self.parts.append((name, owner, type(owner), kept))

    def changed(self) -> str:
        """The first attribute that isn't what it was when its module was imported."""
        missing = object()
        for name, owner, kind, kept in self.parts:
            now = vars(owner)
            if type(owner) is not kind:
                return name
            for key, value in kept.items():
                if now.get(key, missing) is not value and f"{name}.{key}" not in OWN_STATE:
                    return f"{name}.{key}"
        for name, value, copy in self.data:
            if not is_unchanged(value, copy):
                return name
        return next((n for n, m in self.modules.items() if sys.modules.get(n, m) is not m), "") or self._posing()

    def _posing(self) -> str:
        """A name of the library under which the code registered something that was never imported."""
        for name in sys.stdlib_module_names & sys.modules.keys():
            module = sys.modules[name]
            if name not in self.modules and getattr(module, "__spec__", None) is None:
                return name
        return ""

    def replaced(self, case: unittest.TestCase) -> str:
        """What stands in a test, its class or a mixin for something of unittest."""
        owners = [case, *(c for c in type(case).__mro__ if c not in self.classes and c is not object)]
        for owner in owners:
            for key, value in list(vars(owner).items()):
                fixed = key in FIXTURES or key in PLAIN or key.startswith("test")
                if not fixed and (callable(value) or hasattr(value, "__get__")) and hasattr(unittest.TestCase, key):
                    return f"TestCase.{key}"
        functions = getattr(case, "_type_equality_funcs", {})
        return "TestCase._type_equality_funcs" if any(not isinstance(f, str) for f in functions.values()) else ""


def poses(word: str, value: object, imports: Iterable[tuple[str, str]]) -> bool:
    """Whether something that can be called has the name of a builtin or of an imported function, and isn't that."""
    if not callable(value):
        return False
    origins = [vars(sys.modules[module]).get(name) for module, name in imports if name and module in sys.modules]
    builtin = getattr(builtins, word, None)
    if any(value is origin for origin in origins):
        # `from math import pow` says so; `from math import lcm as max` doesn't.
        return builtin is not None and getattr(value, "__name__", word) != word
    return (builtin is not None or bool(origins)) and value is not builtin


def poses_as_module(name: str, value: object, attribute: str) -> bool:
    """Whether something of the code's own has the name of a module of the library, which has that attribute too."""
    if name in PRINTS:
        return False
    with contextlib.suppress(ImportError):
        return value is not (real := __import__(name)) and hasattr(real, attribute) and _own(value, attribute)
    return False


def _own(value: object, attribute: str) -> bool:
    """Whether an attribute is defined by the code itself, or by a module under another name."""
    item = getattr(value, attribute, None)
    kind = value if isinstance(value, type) else type(value)
    defined = kind.__module__ if not callable(item) else getattr(item, "__module__", "")
    return isinstance(value, types.ModuleType) or attribute in getattr(value, "__dict__", ()) or defined == "__main__"


def copied(value: object, depth: int = 2) -> object:
    """A copy of data of the library, with that in it."""
    if depth and type(value) in CONTAINERS:
        if isinstance(value, dict):
            return {key: (item, copied(item, depth - 1)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [(item, copied(item, depth - 1)) for item in value]
        if isinstance(value, set | frozenset):
            return set(value)
    return value


def is_unchanged(value: object, copy: object, depth: int = 2) -> bool:
    """Whether data of the library is as it was copied: nothing is asked whether it is equal, as it might lie.

    A dictionary may have more than it had, but not for something of the library: so programs register what is their own.
    """
    if not depth or type(value) not in CONTAINERS:
        return True
    if isinstance(value, dict) and isinstance(copy, dict):
        for key in value.keys() - copy.keys():
            if isinstance(key, type) and key.__module__ != "__main__":
                return False
        pairs = [(value.get(key, MISSING), *kept) for key, kept in copy.items()]
    elif isinstance(value, list | tuple) and isinstance(copy, list):
        if len(value) != len(copy):
            return False
        pairs = [(item, *kept) for item, kept in zip(value, copy, strict=True)]
    else:
        return bool(value == copy)
    return all(item is kept and is_unchanged(kept, inner, depth - 1) for item, kept, inner in pairs)


MISSING = object()
CONTAINERS = (list, dict, set, tuple, frozenset)
STATE = frozenset(
    "gc linecache mimetypes sys warnings copyreg.constructors sqlite3.adapters sqlite3.converters"
    " sqlite3.dbapi2.adapters sqlite3.dbapi2.converters"
    " urllib.parse.uses_netloc urllib.parse.uses_params urllib.parse.uses_relative".split()
)
"""Modules and attributes where the library keeps what programs set, or what it remembers itself."""
OWN_STATE = frozenset(
    (
        "doctest.master",
        "logging.raiseExceptions",
        "linecache.getlines",
        "pdb.set_trace",
        "time.timezone",
        "time.altzone",
        "time.daylight",
    )
)
"""Attributes that the library itself changes: doctest while it runs, and `time.tzset`."""


def _of_library(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith(LIBRARY[0])


_frame = sys._getframe


def _asks_for_itself() -> bool:
    """Whether a look at a frame comes from the code of the note; `traceback` and others read frames to print them."""
    # The name of a frame's file would be asked for here, and asked for again in turn.
    names = _frame(2).f_globals
    # `inspect` looks at frames for whoever calls it.
    return names.get("__name__") == "inspect" or not is_of_library(names)


def is_of_library(names: dict[str, object]) -> bool:
    """Whether the names of a frame are those of the harness or of a module of the library."""
    name = names.get("__name__")
    own = any(names is part for part in HARNESS)
    return own or (name != "__main__" and names is getattr(sys.modules.get(str(name)), "__dict__", None))


HARNESS: list[dict[str, object]] = [globals()]
"""The names of each part of the harness."""


def observed(access: Callable[..., object], unseen: list[str]) -> Callable[..., object]:
    """``getattr`` for the code of the note; Python doesn't tell of access to the names of a function."""

    def observe(owner: object, name: str, *rest: object) -> object:
        if name in NAMESPACES:
            unseen.append(f"'{name}'")
        return access(owner, name, *rest)

    return observe


def auditor(unseen: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """The function that Python tells what it does; what would not be seen in the text is listed."""

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in UNSEEN:
            unseen.append(event)
        elif event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(WITHIN):
            unseen.append(arguments[0])
        elif event == "exec" and not arguments[0].co_filename.startswith(LIBRARY) and arguments[0].co_filename != "claim.py":
            unseen.append(f"'{Path(arguments[0].co_filename).name}', which is not of the library")
        elif event == "import" and arguments[0] == PATCHES:
            unseen.append(PATCHES)
        elif event == "object.__setattr__" and arguments[1] in CODE and _of_library(arguments[0]) and _asks_for_itself():
            unseen.append(f"'{arguments[1]}' of '{arguments[0].__qualname__}'")
        elif event == "object.__getattr__" and arguments[1] in FRAMES and _asks_for_itself():
            unseen.append(f"'{arguments[1]}'")

    return audit
