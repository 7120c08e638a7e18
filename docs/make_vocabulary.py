"""Writes ``docs/vocabulary.md`` from ``ontology/kg.ttl`` and ``relations.ttl``: ``python docs/make_vocabulary.py``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from kg.base.names import KG, OWL, PREFIXES, RDF, RDFS, SKOS
from kg.graph import built_in_vocabulary
from kg.model import Relation

TARGET = Path(__file__).with_name("vocabulary.md")
KINDS = {
    "broader": "上位关系 / Broader",
    "narrower": "下位关系 / Narrower",
    "associative": "关联关系 / Association",
    "mapping": "映射关系 / Mapping",
}
IMPACT = {
    "object": "宾语变化影响主语 / a change of the object affects the subject",
    "subject": "主语变化影响宾语 / a change of the subject affects the object",
}
HEAD = """# 词汇表 / The vocabulary

本页由 `python docs/make_vocabulary.py` 依据 [`ontology/kg.ttl`](../ontology/kg.ttl) 与
[`ontology/relations.ttl`](../ontology/relations.ttl) 生成，请勿手工修改。知识库可在自己的 `ontology/` 文件夹中增加关系与类型，
无需写代码。

`python docs/make_vocabulary.py` generates this page from [`ontology/kg.ttl`](../ontology/kg.ttl) and
[`ontology/relations.ttl`](../ontology/relations.ttl); don't edit it. A knowledge base can add relations and types in its
`ontology/` folder, without code.
"""

CORE = """先从这些关系中选择；逆关系不另计。其余关系用于特定情形，见下表，
定义在 [`ontology/extension.ttl`](../ontology/extension.ttl)。

Choose from these first; inverses aren't counted. The others, in [`ontology/extension.ttl`](../ontology/extension.ttl), are for
special cases; the next table says which.
"""
WHICH = """同一对概念之间声明两个近义关系，`kg check` 会报告（[KG421](rules/KG421.md)）。
部分关系有通常的两端类型，其他类型会提示（[KG422](rules/KG422.md)，仅为信息）。

Two near-synonyms between the same two concepts are a finding of `kg check` ([KG421](rules/KG421.md)). Some relations
have usual types of concepts at their ends; others are pointed out ([KG422](rules/KG422.md), information).
"""
Said = dict[str, list[ox.Literal | ox.NamedNode]]


def page() -> str:
    """The content of the page."""
    vocabulary = built_in_vocabulary()
    said: dict[str, Said] = defaultdict(lambda: defaultdict(list))
    for t in vocabulary.triples:
        if isinstance(t.subject, ox.NamedNode) and isinstance(t.object, ox.Literal | ox.NamedNode):
            said[t.subject.value][t.predicate.value].append(t.object)
    relations = vocabulary.relations
    keyed = {*relations, *vocabulary.types.values()}
    core = [r for r in relations.values() if r.core and r.iri in _first_of_pairs(relations)]
    lines = [HEAD, f"## 核心关系 / Core relations ({len(core)})", "", CORE, *_index(core)]
    lines += ["## 选用 / Which relation", "", WHICH, *_decisions(relations.values())]
    lines += [f"## 关系 / Relations ({len(relations)})", "", *_index(relations.values())]
    for kind, name in KINDS.items():
        lines += [f"### {name}", ""]
        for relation in relations.values():
            if relation.kind == kind:
                lines += _relation(relation, said[relation.iri])
    lines += [f"## 类型 / Types ({len(vocabulary.types)})", ""]
    for key in sorted(vocabulary.types):
        iri = vocabulary.types[key]
        lines += [f"#### `{key}`", "", *_term(iri, said[iri]), *_facts(_parents(said[iri], RDFS + "subClassOf")), ""]
    others = [iri for iri in said if iri.startswith(KG) and iri not in keyed and RDF + "type" in said[iri]]
    annotations = [iri for iri in others if _is(said[iri], OWL + "AnnotationProperty")]
    for title, names in (
        ("词汇表的注解属性 / Annotation properties of the vocabulary", annotations),
        ("其他术语 / Other terms", [iri for iri in others if iri not in annotations]),
    ):
        lines += [f"## {title} ({len(names)})", ""]
        for iri in sorted(names):
            lines += [f"#### `{_short(iri)}`", "", *_term(iri, said[iri]), *_facts(_other(said[iri])), ""]
    return "\n".join(lines).rstrip() + "\n"


def _first_of_pairs(relations: Mapping[str, Relation]) -> set[str]:
    """One relation of each pair of inverses: the one whose note says when to use it, or the first in the file."""
    order = {iri: i for i, iri in enumerate(_in_file())}
    return {
        iri
        for iri, r in relations.items()
        if r.inverse is None or r.inverse not in relations or order.get(iri, 0) < order.get(r.inverse, 0)
    }


def _in_file() -> list[str]:
    return list(dict.fromkeys(t.subject.value for t in built_in_vocabulary().triples if isinstance(t.subject, ox.NamedNode)))


def _decisions(relations: Iterable[Relation]) -> Iterator[str]:
    """When to use a relation, for those that have a note; near-synonyms together."""
    noted = {r.iri: r for r in relations if r.note}
    yield "| 键 / key | 近义 / near | 何时使用 | When to use it |"
    yield "|---|---|---|---|"
    for r in sorted(noted.values(), key=lambda r: (not r.core, r.key)):
        near = {*r.near, *(other.iri for other in noted.values() if r.iri in other.near)}
        names = "、".join(_link(noted[iri].key) for iri in sorted(near, key=lambda iri: noted[iri].key) if iri in noted)
        yield f"| {_link(r.key)} | {names} | {r.note['zh']} | {r.note['en']} |"
    yield ""


def _index(relations: Iterable[Relation]) -> Iterator[str]:
    yield "| 键 / key | 中文 | English | 逆关系 / inverse | 性质 / properties | 影响 / impact |"
    yield "|---|---|---|---|---|---|"
    for r in relations:
        inverse = _link(built_in_vocabulary().relations[r.inverse].key) if r.inverse else ""
        yield f"| {_link(r.key)} | {r.labels['zh']} | {r.labels['en']} | {inverse} | {_nature(r)} | {r.impact} |"
    yield ""


def _usual(relation: Relation) -> Iterator[tuple[str, str]]:
    """The types of concepts at both ends, if the vocabulary says so."""
    keys = {iri: key for key, iri in built_in_vocabulary().types.items()}
    for title, types in (("通常的主语 / usual subject", relation.subjects), ("通常的宾语 / usual object", relation.objects)):
        yield title, "、".join(_link(key) for key in sorted(keys[iri] for iri in types))


def _relation(relation: Relation, said: Said) -> Iterator[str]:
    yield from (f"#### `{relation.key}`", "", *_term(relation.iri, said))
    inverse = built_in_vocabulary().relations[relation.inverse].key if relation.inverse else ""
    words = "；".join(
        "、".join(f"“{word}”" for word, of in relation.words if of == lang)
        for lang in ("zh", "en")
        if any(of == lang for _, of in relation.words)
    )
    yield from _facts(
        [
            ("逆关系 / inverse", _link(inverse) if inverse else ""),
            ("性质 / properties", _nature(relation)),
            *_parents(said, RDFS + "subPropertyOf"),
            *_usual(relation),
            ("影响 / impact", IMPACT.get(relation.impact, "")),
            ("用词 / words", words),
            *_examples(said),
        ]
    )
    yield ""


def _examples(said: Said) -> Iterator[tuple[str, str]]:
    """Pairs for which the relation is right, and pairs for which another one is."""
    for title, predicate in (("例 / examples", SKOS + "example"), ("反例 / counterexamples", KG + "counterexample")):
        texts = {
            lang: [o.value for o in said[predicate] if isinstance(o, ox.Literal) and o.language == lang]
            for lang in ("zh", "en")
        }
        yield (
            title,
            " — ".join("；".join(texts[lang]) if lang == "zh" else "; ".join(texts[lang]) for lang in texts if texts[lang]),
        )


def _term(iri: str, said: Said) -> Iterator[str]:
    labels = {o.language: o.value for o in said[RDFS + "label"] if isinstance(o, ox.Literal)}
    definitions = {o.language: o.value for o in said[SKOS + "definition"] if isinstance(o, ox.Literal)}
    yield from (f"**{labels['zh']}** · **{labels['en']}** (`{_short(iri)}`)", "")
    yield from (definitions["zh"], "", definitions["en"], "")


def _other(said: Said) -> list[tuple[str, str]]:
    kinds = ", ".join(f"`{_short(o.value)}`" for o in said[RDF + "type"])
    cues = "、".join(f"“{o.value}”" for o in said[KG + "cue"])
    facts = [("种类 / kind", kinds), *_parents(said, RDFS + "subClassOf"), *_parents(said, RDFS + "subPropertyOf")]
    facts += [(name, ", ".join(f"`{_short(o.value)}`" for o in said[RDFS + key])) for name, key in _ENDS]
    return [*facts, ("词 / words", cues)]


_ENDS = (("定义域 / domain", "domain"), ("值域 / range", "range"))


def _parents(said: Said, predicate: str) -> list[tuple[str, str]]:
    return [("上级 / parents", ", ".join(f"`{_short(o.value)}`" for o in said[predicate]))]


def _facts(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in facts:
        if value:
            yield f"- {name}: {value}"


def _nature(relation: Relation) -> str:
    is_ = (("对称 / symmetric", relation.symmetric), ("传递 / transitive", relation.transitive))
    return "，".join(name for name, holds in is_ if holds)


def _is(said: Said, kind: str) -> bool:
    return any(o.value == kind for o in said[RDF + "type"])


def _link(key: str) -> str:
    return f"[`{key}`](#{key})"


def _short(iri: str) -> str:
    return next((f"{p}:{iri.removeprefix(ns)}" for p, ns in PREFIXES.items() if iri.startswith(ns)), iri)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
    print(TARGET.name)
