"""The engine of `kg verify`: selects the pieces that need a tool, runs the tools in order, and stores the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.errors import StoreError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.process.sandbox import SandboxLimits
from kg.base.progress import begin_step
from kg.base.store import write_file
from kg.evidence.claims import Piece, Record
from kg.evidence.claims.records import rows_of
from kg.evidence.tools.base import Installed, Judgement, ManyAtOnce, Tool

_SHARE: Final = 200
VERSIONS: Final = "tools.json"
"""Relative to the cache of a knowledge base: versions of tools by path and mtime, so that a run without work starts no tool."""


@dataclass(frozen=True, slots=True)
class VerificationRun:
    """The result of a run."""

    records: tuple[Record, ...]
    """All verdicts to store, including those of pieces that were not examined."""
    ran: tuple[str, ...]
    """Keys of the pieces that a tool judged in this run."""
    kept: tuple[str, ...]
    """Keys of the pieces with a valid stored verdict."""
    absent: Mapping[str, Tool]
    """Language → the required tool that is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationOptions:
    """Options of a run."""

    limits: SandboxLimits
    jobs: int = 1
    again: bool = False
    """Judge all pieces, including those with a valid verdict."""
    only: Collection[str] | None = None
    """Keys of the pieces to judge; None: all. Verdicts on other pieces are kept."""
    cache: Path | None = None
    keep: Callable[[Record], None] = lambda _record: None
    """Receives each verdict immediately, so that an interrupted run loses only unfinished pieces."""
    trusted: Callable[[Record], bool] = lambda _record: True
    """Whether a stored verdict counts. If not, the piece is judged again, provided that its tool is installed."""


class AssignedPiece(NamedTuple):
    """A piece with the tool that judges it."""

    piece: Piece
    tool: Tool
    installed: Installed


def verify_pieces(
    pieces: Sequence[Piece], earlier: Sequence[Record], tools: Sequence[Tool], options: VerificationOptions
) -> VerificationRun:
    """Judge each piece that has no verdict for its current digest by the installed version of its tool.

    `earlier` contains the stored verdicts. If a tool is not installed here, its verdicts are kept.
    """
    by_digest = {r.digest: r for r in earlier}
    by_key = {r.key: r for r in earlier}
    finder = _Finder(options.cache)
    by_language: dict[str, list[Tool]] = {}
    for tool in tools:
        for language in tool.languages:
            by_language.setdefault(language, []).append(tool)
    absent: dict[str, Tool] = {}
    kept: list[str] = []
    work: dict[str, AssignedPiece] = {}
    records: dict[str, Record] = {}
    for piece in pieces:
        if piece.fault or not piece.attributes.check or not piece.known:
            continue
        verdict = by_digest.get(piece.digest)
        if verdict is not None:
            records[piece.key] = msgspec.structs.replace(verdict, key=piece.key, claims=piece.attributes.claims)
        elif piece.key in by_key:
            records[piece.key] = by_key[piece.key]  # for an earlier digest: stale
        if piece.lacking:
            if verdict is not None:
                kept.append(piece.key)
            continue
        fit = by_language.get(piece.language, [])
        if not fit or (options.only is not None and piece.key not in options.only):
            continue
        tool, installed = next(((t, i) for t in fit if (i := finder.find(t)) is not None), (fit[0], None))
        if tool is not fit[0] or installed is None:
            absent[piece.language] = fit[0]
        if installed is None:
            continue
        if verdict is not None and verdict.verdict != "unverified" and not piece.values:
            # A fallback tool doesn't replace the verdict of a better tool.
            instead = tool is not fit[0] and verdict.tool != installed.name
            same = (verdict.tool, verdict.version) == (installed.name, installed.version) and options.trusted(verdict)
            if instead or (same and not options.again):
                kept.append(piece.key)
                continue
        work[piece.key] = AssignedPiece(piece, tool, installed)
    finder.remember()

    def record(key: str, judgement: Judgement) -> None:
        piece, _, installed = work[key]
        records[key] = Record(
            key=key,
            digest=piece.digest,
            language=piece.language,
            verdict=judgement.verdict,
            tool=installed.name,
            version=installed.version,
            why=judgement.why,
            at=judgement.at,
            parts=rows_of(judgement.parts),
            claims=piece.attributes.claims,
        )
        options.keep(records[key])

    done = _run(work, options, record)
    return VerificationRun(tuple(records[k] for k in sorted(records)), tuple(sorted(done)), tuple(sorted(kept)), absent)


def _run(
    work: Mapping[str, AssignedPiece], options: VerificationOptions, record: Callable[[str, Judgement], None]
) -> dict[str, Judgement]:
    """Return the judgements by key and record each immediately. Equal pieces are judged once, by up to `jobs` programs."""
    jobs = max(1, options.jobs)
    alike: dict[str, list[str]] = {}
    for key, (piece, _, _) in work.items():
        alike.setdefault(piece.digest, []).append(key)
    done: dict[str, Judgement] = {}
    with ThreadPoolExecutor(jobs) as pool, begin_step("verifying", len(work)) as verifying:
        # Slow pieces first: provers, then code that runs.
        order = sorted(alike, key=lambda d: (work[alike[d][0]].tool.group not in ("coq", "smv"), alike[d][0]))
        futures: dict[Future[list[Judgement]], list[str]] = {}
        for tool, digests in _portions(order, lambda d: work[alike[d][0]].tool, jobs):
            pieces = [work[alike[d][0]].piece for d in digests]
            futures[pool.submit(_judge, tool, pieces, work[alike[digests[0]][0]].installed, options.limits)] = digests
        try:
            for future in as_completed(futures):
                for digest, judgement in zip(futures[future], future.result(), strict=True):
                    for key in alike[digest]:
                        done[key] = judgement
                        record(key, judgement)
                verifying.at(len(done))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return done


def _portions(order: Sequence[str], tool_of: Callable[[str], Tool], jobs: int) -> Iterator[tuple[Tool, list[str]]]:
    """Yield batches: single pieces, or, for tools that accept many pieces, an equal share for each job."""
    many: dict[int, tuple[Tool, list[str]]] = {}
    for digest in order:
        tool = tool_of(digest)
        if isinstance(tool, ManyAtOnce):
            many.setdefault(id(tool), (tool, []))[1].append(digest)
        else:
            yield tool, [digest]
    for tool, digests in many.values():
        size = max(1, min(_SHARE, -(-len(digests) // jobs)))
        for i in range(0, len(digests), size):
            yield tool, digests[i : i + size]


def _judge(tool: Tool, pieces: Sequence[Piece], installed: Installed, limits: SandboxLimits) -> list[Judgement]:
    if not isinstance(tool, ManyAtOnce):
        return [tool.judge(piece, installed, limits) for piece in pieces]
    judgements = tool.judge_all(pieces, installed, limits)
    if len(pieces) > 1 and any(j.verdict == "timed-out" or j.stopped for j in judgements):
        # One piece stopped the whole run, so judge each piece separately.
        return [tool.judge(piece, installed, limits) for piece in pieces]
    return judgements


class _Finder:
    """Finds each tool once; caches the versions that programs reported."""

    def __init__(self, cache: Path | None) -> None:
        self._path = cache / VERSIONS if cache is not None else None
        self._found: dict[str, Installed | None] = {}
        self._known: dict[str, Installed] = {}
        if self._path is not None:
            try:
                self._known = read_typed(files.read(self._path), dict[str, Installed])
            except (OSError, FormatError):
                self._known = {}
        self._old = dict(self._known)

    def find(self, tool: Tool) -> Installed | None:
        name = type(tool).__name__ + tool.languages[0]
        if name not in self._found:
            self._found[name] = self._look(tool, name)
        return self._found[name]

    def _look(self, tool: Tool, name: str) -> Installed | None:
        path = tool.locate()
        if path is None:
            return None
        try:
            stat = Path(path).stat() if path else None
        except OSError:
            return None
        stamp = f"{name} {path} {stat.st_size} {stat.st_mtime_ns}" if stat is not None else ""
        if stamp and stamp in self._known:
            return self._known[stamp]
        installed = tool.version(path)
        if stamp and installed is not None:
            self._known[stamp] = installed
        return installed

    def remember(self) -> None:
        if self._path is not None and self._known != self._old:
            try:
                write_file(self._path, msgspec.json.encode(self._known), durable=False)
            except StoreError:
                return  # without the cache, only time is lost
