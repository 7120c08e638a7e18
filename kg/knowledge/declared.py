"""What a part of the output reads of an assessment: nothing else is passed on, or decides whether the part is made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from kg.base.about import code_stamp
from kg.knowledge.remembered import encode_field
from kg.model import Assessment, Corpus

_CORPUS = "corpus."


def declare_reads(assessment: Assessment, reads: Iterable[str]) -> Assessment:
    """Return an assessment that has only some fields, such as ``network`` or ``corpus.concepts``.

    Any other raises AttributeError.
    """
    part, corpus = object.__new__(Assessment), object.__new__(Corpus)
    object.__setattr__(part, "corpus", corpus)  # frozen
    for name in reads:
        if name.startswith(_CORPUS):
            field = name.removeprefix(_CORPUS)
            object.__setattr__(corpus, field, getattr(assessment.corpus, field))
        else:
            object.__setattr__(part, name, getattr(assessment, name))
    return part


class FieldDigests:
    """Digests of the fields of an assessment, each computed once."""

    def __init__(self, assessment: Assessment, computed: Mapping[str, str]) -> None:
        """`computed`: digests of fields that were encoded before."""
        self._assessment = assessment
        self._digests = dict(computed)
        self._code = code_stamp()

    def key(self, name: str, reads: Iterable[str], *more: str) -> str:
        """Return the key of a part of the output that reads some fields, and of what else it depends on."""
        parts = (self._code, name, *map(self._digest, reads), *more)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()

    def _digest(self, name: str) -> str:
        if name not in self._digests:
            owner = self._assessment.corpus if name.startswith(_CORPUS) else self._assessment
            value = getattr(owner, name.removeprefix(_CORPUS))
            # Reviews contain sets, whose order differs between processes.
            data = msgspec.msgpack.encode(value, order="deterministic") if name == "reviews" else encode_field(name, value)
            self._digests[name] = digest_encoded(data)
        return self._digests[name]


def digest_encoded(data: bytes) -> str:
    """Return the digest of an encoded field."""
    return hashlib.sha256(data).hexdigest()
