"""Evidence that failed, that its note has outlived, or that is declared in a way that means nothing (KG51x)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.base import Context, Place, Rule
from kg.model import Evidence, Finding


def _place(item: Evidence) -> Place:
    return Place(item.path, item.at or item.line, 1 if item.at and item.at != item.line else item.column)


def _name(item: Evidence) -> str:
    return f"{item.language} '{item.key.rpartition('#')[2]}'"


def _declared(item: Evidence) -> bool:
    return item.verdict == "failed" and item.tool == "kg" and item.kind != "cross-check"


def _failed(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "failed" and item.kind != "cross-check" and not _declared(item):
            yield rule.at(_place(item), f"{_name(item)} failed: {item.why}")


def _invalid(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if _declared(item):
            yield rule.at(_place(item), f"{_name(item)}: {item.why}")


def _stale(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "stale":
            yield rule.at(_place(item), f"{_name(item)} is stale: {item.why}")


def _timed_out(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "timed-out":
            yield rule.at(_place(item), f"{_name(item)} timed out: {item.why}")


def _unverified(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "unverified" and not item.skipped and item.claims:
            yield rule.at(_place(item), f"{_name(item)} claims '{item.claims}', and no tool has said so: {item.why}")


def _disagree(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "failed" and item.kind == "cross-check":
            yield rule.at(_place(item), f"{item.claims or item.key.rpartition('#check:')[2]}: {item.why}")


RULES: Final = (
    Rule(
        "KG511", "failed-evidence", "error",
        "correct the block; where it is meant to fail, say expect=false; then run 'kg verify'", _failed, where="notes",
    ),
    Rule(
        "KG512", "stale-evidence", "error", "run 'kg verify' and commit ontology/snapshot/evidence.jsonl", _stale,
        where="notes",
    ),
    Rule(
        "KG513", "timed-out-evidence", "warning", "make it smaller, or give it more time: kg verify --timeout", _timed_out,
        where="notes",
    ),
    Rule("KG514", "invalid-evidence", "error", "correct the attributes of the block", _invalid, where="notes"),
    Rule(
        "KG515", "unverified-claim", "warning",
        "run 'kg verify' where the tool is installed; 'kg doctor' says which is missing", _unverified, where="notes",
    ),
    Rule(
        "KG516", "failed-cross-check", "error", "make the two representations say the same", _disagree, where="notes",
    ),
)  # fmt: skip
