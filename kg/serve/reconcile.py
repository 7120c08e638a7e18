"""The W3C Reconciliation Service API 0.2: finds the concepts that names in a table mean, for OpenRefine and others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import pyoxigraph as ox
from markupsafe import Markup, escape

from kg.base.names import KG, fold
from kg.base.texts import FALLBACK
from kg.graph.label_index import LabelMatch
from kg.model import text_in
from kg.serve.names import AskWorker, NamedEntity, NameTables, RdfTerm, read_values, select_rows
from kg.serve.reconcile_messages import LIMIT, ExtendQuery, PropertyFilter, ReconcileQuery

_SUGGESTED: Final = 20
_WEIGHT: Final = 0.4
"""What a property counts in a score, where the name counts 1."""
_GAP: Final = 5.0
"""Points between a certain match and the next candidate."""
PREVIEW_SIZE: Final = (430, 220)
"""Width and height of a preview, in pixels."""


class Reconciler:
    """Answers the requests of the API on the names of one build."""

    def __init__(self, tables: NameTables, ask: AskWorker, base: str, lang: str) -> None:
        self._tables = tables
        self._ask = ask
        self._base = base
        self._lang = lang

    def manifest(self, service: str, title: str, version: str) -> dict[str, object]:
        """The description of the service; `service` is its address."""
        home = service.removesuffix("/reconcile")

        def suggest(kind: str) -> dict[str, str]:
            return {"service_url": service, "service_path": f"/suggest/{kind}"}

        width, height = PREVIEW_SIZE
        return {
            "versions": ["0.2"],
            "name": title,
            "identifierSpace": f"{self._base}concept/",
            "schemaSpace": KG,
            "serviceVersion": f"kg {version}",
            "view": {"url": f"{home}/-/concept?id={{{{id}}}}"},
            "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": width, "height": height},
            "defaultTypes": [self._type(kind) for kind in self._tables.types],
            "suggest": {kind: suggest(kind) for kind in ("entity", "property", "type")},
            "extend": {
                "propose_properties": {"service_url": service, "service_path": "/properties"},
                "property_settings": [
                    {
                        "name": "limit",
                        "label": "Limit",
                        "type": "number",
                        "default": 0,
                        "help_text": "Maximum number of values of a concept (0: all)",
                    }
                ],
            },
        }

    async def reconcile(self, queries: Mapping[str, ReconcileQuery]) -> dict[str, object]:
        """The candidates of each query."""
        matches = await asyncio.to_thread(lambda: {name: self._by_name(query) for name, query in queries.items()})
        for name, query in queries.items():
            if query.properties and not query.has_text:
                matches[name] = await self._by_properties(query)
        scored = {name: query.properties for name, query in queries.items() if query.properties}
        values = await self._values(matches, scored) if scored else {}
        return {name: {"result": self._candidates(query, matches[name], values)} for name, query in queries.items()}

    def _by_name(self, query: ReconcileQuery) -> list[LabelMatch]:
        """Candidates by name, of the types that the query asks for; more than it asks for if properties will sort them."""
        if not query.has_text:
            return []
        limit = query.most
        return self._tables.labels.find(
            query.query, min(2 * limit + 5, LIMIT) if query.properties else limit + 1, self._allowed(query)
        )

    def _allowed(self, query: ReconcileQuery) -> frozenset[int] | None:
        types = query.types
        if not types or query.type_strict == "should":
            return None
        by_type = self._tables.by_type
        sets = [by_type.get(self._type_key(kind), frozenset()) for kind in types]
        return frozenset.intersection(*sets) if query.type_strict == "all" else frozenset.union(*sets)

    def _type_key(self, name: str) -> str:
        return (
            name.removeprefix(KG)
            if name in self._tables.types
            else next((key for key in self._tables.types if fold(key) == fold(name.removeprefix(KG))), name)
        )

    async def _by_properties(self, query: ReconcileQuery) -> list[LabelMatch]:
        """Concepts that have the first property with one of its values."""
        allowed = self._allowed(query)
        for wanted in query.properties:
            prop = self._tables.properties.get(wanted.pid)
            if prop is None:
                continue
            texts = [str(ox.Literal(v)) for v in wanted.values]
            iris = [str(ox.NamedNode(e.iri)) for v in wanted.values if (e := self._entity(v))]
            filters = [f"STR(?o) IN ({', '.join(texts)})", *([f"?o IN ({', '.join(iris)})"] if iris else [])]
            where = f"?s {ox.NamedNode(prop.iri)} ?o FILTER({' || '.join(filters)})"
            rows = await select_rows(self._ask, f"SELECT DISTINCT ?s {{ {where} }} ORDER BY ?s LIMIT {LIMIT}")
            matches = [n for row in rows if (n := self._tables.position.get(row["s"].value)) is not None]
            labels = self._tables.labels.labels
            return [LabelMatch(n, 100.0, labels[0], exact=False) for n in matches if allowed is None or n in allowed]
        return []

    def _entity(self, name: str) -> NamedEntity | None:
        """The concept with an id, an IRI, or exactly one name."""
        entity = self._tables.entity(name)
        if entity is None:
            matches = [m for m in self._tables.labels.find(name, 2) if m.exact]
            entity = self._tables.entities[matches[0].concept] if len(matches) == 1 else None
        return entity

    async def _values(
        self, matches: Mapping[str, Sequence[LabelMatch]], scored: Mapping[str, Sequence[PropertyFilter]]
    ) -> dict[tuple[str, str], list[RdfTerm]]:
        """What the candidates of all queries have under the properties that these ask for."""
        tables = self._tables
        iris = sorted({tables.entities[m.concept].iri for name in scored for m in matches[name]})
        properties = sorted({p.iri for filters in scored.values() for f in filters if (p := tables.properties.get(f.pid))})
        return await read_values(self._ask, iris, properties)

    def _candidates(
        self, query: ReconcileQuery, matches: Sequence[LabelMatch], values: Mapping[tuple[str, str], list[RdfTerm]]
    ) -> list[dict[str, object]]:
        wanted = {self._type_key(t) for t in query.types}
        rows = []
        for match in matches:
            entity = self._tables.entities[match.concept]
            name_score = match.score if query.has_text else 0.0
            parts, weights = (name_score, 1.0) if query.has_text else (0.0, 0.0)
            features: list[dict[str, object]] = [{"id": "name", "value": name_score}] if query.has_text else []
            for asked in query.properties:
                prop = self._tables.properties.get(asked.pid)
                if prop is None:
                    continue
                score = self._fits(asked.values, values.get((entity.iri, prop.iri), ()))
                features.append({"id": prop.key, "value": score})
                parts, weights = parts + _WEIGHT * score, weights + _WEIGHT
            total = parts / weights if weights else 0.0
            if wanted and not wanted & set(entity.types):
                total *= 0.8
            rows.append((round(total, 2), match, entity, features))
        rows.sort(key=lambda row: (-row[0], row[2].id))
        certain = self._is_certain(rows)
        return [
            {
                "id": entity.id,
                "name": entity.name(self._lang),
                "description": text_in(entity.definitions, self._lang),
                "score": score,
                "match": number == 0 and certain,
                "type": [self._type(kind) for kind in entity.types],
                "features": features,
            }
            for number, (score, _, entity, features) in enumerate(rows[: query.most])
        ]

    def _is_certain(self, rows: Sequence[tuple[float, LabelMatch, NamedEntity, object]]) -> bool:
        """Whether the first candidate is meant: it is called so, and no other is called so or fits nearly as well."""
        if not rows or not rows[0][1].exact or rows[0][0] < 100 - _GAP:
            return False
        return (
            len(rows) == 1 or (not rows[1][1].exact and rows[0][0] - rows[1][0] >= _GAP) or rows[0][0] - rows[1][0] > 2 * _GAP
        )

    def _fits(self, wanted: Sequence[str], terms: Sequence[RdfTerm]) -> float:
        """100 if the concept has one of the values, by IRI, id, name or text; otherwise 0."""
        have = set()
        for term in terms:
            have.add(fold(term.value))
            if term.type == "uri" and (entity := self._tables.entity(term.value)):
                have |= {fold(entity.id), *map(fold, entity.labels.values())}
        return 100.0 if any(fold(value) in have for value in wanted) else 0.0

    def suggest(self, kind: str, prefix: str, cursor: int) -> dict[str, object]:
        """Completions of entities, types or properties."""
        if kind == "entity":
            matches = self._tables.labels.begin(prefix, cursor + _SUGGESTED)[cursor:] if prefix.strip() else []
            entities = [self._tables.entities[m.concept] for m in matches]
            exact = self._tables.entity(prefix)
            if exact is not None and not cursor:
                entities = [exact, *(e for e in entities if e is not exact)]
            return {"result": [self._suggested(e) for e in entities]}
        start = fold(prefix)
        properties = {key: p.labels for key, p in self._tables.properties.items()}
        named = self._tables.types if kind == "type" else properties
        rows = [
            {"id": key, "name": text_in(labels, self._lang) or key}
            for key, labels in named.items()
            if any(start in fold(text) for text in (key, *labels.values()))
        ]
        return {"result": rows[cursor : cursor + _SUGGESTED]}

    def _suggested(self, entity: NamedEntity) -> dict[str, object]:
        return {
            "id": entity.id,
            "name": entity.name(self._lang),
            "description": text_in(entity.definitions, self._lang),
            "notable": [self._type(kind) for kind in entity.types],
        }

    def _type(self, key: str) -> dict[str, str]:
        return {"id": key, "name": text_in(self._tables.types.get(key, {}), self._lang) or key}

    def propose(self, kind: str, limit: int) -> dict[str, object]:
        """The properties that a table can be extended by."""
        rows = [{"id": key, "name": text_in(p.labels, self._lang) or key} for key, p in self._tables.properties.items()]
        return {"type": kind, "properties": rows[:limit] if limit else rows, **({"limit": limit} if limit else {})}

    async def extend(self, query: ExtendQuery) -> dict[str, object]:
        """The values of concepts under some properties."""
        tables = self._tables
        by_key = {p.id: prop for p in query.properties if (prop := tables.properties.get(p.id))}
        entities = {name: entity for name in query.ids if (entity := tables.entity(name))}
        iris, properties = [e.iri for e in entities.values()], [p.iri for p in by_key.values()]
        values = await read_values(self._ask, iris, properties)
        rows: dict[str, dict[str, list[dict[str, object]]]] = {}
        for name in query.ids:
            row = rows.setdefault(name, {})
            for asked in query.properties:
                prop, entity = by_key.get(asked.id), entities.get(name)
                terms = values.get((entity.iri, prop.iri), []) if prop and entity else []
                row[asked.id] = [self._cell(term) for term in terms[: asked.limit or None]]
        meta = [
            {"id": p.id, "name": text_in(by_key[p.id].labels, self._lang) or p.id if p.id in by_key else p.id}
            for p in query.properties
        ]
        return {"meta": meta, "rows": rows}

    def _cell(self, term: RdfTerm) -> dict[str, object]:
        entity = self._tables.entity(term.value) if term.type == "uri" else None
        return {"id": entity.id, "name": entity.name(self._lang)} if entity else {"str": term.value}

    def preview(self, name: str) -> str | None:
        """A small page about a concept; None if there is none with this id."""
        entity = self._tables.entity(name)
        if entity is None:
            return None
        others = " · ".join(text for text in dict.fromkeys(entity.labels.values()) if text != entity.name(self._lang))
        types = ", ".join(str(self._type(kind)["name"]) for kind in entity.types)
        return _PREVIEW.format(
            lang=escape(self._lang or FALLBACK),
            title=escape(entity.name(self._lang)),
            others=Markup("<p>{}</p>").format(others) if others else "",
            types=escape(types),
            definition=escape(text_in(entity.definitions, self._lang)),
            iri=escape(entity.iri),
        )


_PREVIEW: Final = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<style>
body{{font:14px/1.5 system-ui,sans-serif;margin:12px}} h1{{font-size:17px;margin:0}} p{{margin:4px 0}} small{{color:#555}}
</style>
</head><body><main>
<h1>{title}</h1>{others}<p><small>{types}</small></p><p>{definition}</p><p><small>{iri}</small></p>
</main></body></html>
"""
