"""The process that checks whole knowledge bases for the language server."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import msgspec

from kg import knowledge
from kg.base.errors import KgError
from kg.base.interrupts import keep_interrupts
from kg.base.process import answer_messages
from kg.serve.lsp.checker import CheckedBase, CheckOrder
from kg.serve.lsp.insight import BaseInsight, read_insight
from kg.serve.lsp.places import read_folder_settings

_NICE = 5  # below the server itself, which answers keystrokes


def check_base(data: bytes) -> bytes:
    """Check the knowledge base of an order (`CheckOrder`), and return the result (`CheckedBase` or `BaseInsight`)."""
    order = msgspec.msgpack.decode(data, type=CheckOrder)
    answer: CheckedBase | BaseInsight
    try:
        settings = read_folder_settings(Path(order.root))
        if order.insight:
            answer = read_insight(knowledge.KnowledgeBase(settings, knowledge.How(cache=settings.cache)))
        else:
            result = knowledge.check_notes(settings, knowledge.How(cache=settings.cache))
            answer = CheckedBase(list(result.findings), sorted(result.collapsed), notes=result.counts["notes"])
    except (KgError, OSError) as error:
        answer = BaseInsight() if order.insight else CheckedBase([], [], str(error))
    finally:
        gc.collect()  # a knowledge base refers to itself; the collector is off while it is read
    return msgspec.msgpack.encode(answer)


def main() -> None:
    """Check until the input ends, which also happens when the server is killed."""
    keep_interrupts()
    os.nice(_NICE)
    answer_messages(check_base)


if __name__ == "__main__":
    main()
