-- `kg export duckdb`: the tables of kg-tables/1, as in tables.schema.json, and views with names instead of ids.
CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE meta IS 'What was exported: schema (version of these tables), kg, base (IRI), salt (of the ids)';
CREATE TABLE terms (
  id BIGINT NOT NULL,
  iri VARCHAR NOT NULL
);
COMMENT ON TABLE terms IS 'Dictionary: the IRI of each id; blank nodes begin with _:';
COMMENT ON COLUMN terms.id IS 'id of the term';
COMMENT ON COLUMN terms.iri IS 'its IRI';
CREATE TABLE nodes (
  id BIGINT NOT NULL,
  iri VARCHAR NOT NULL,
  key VARCHAR NOT NULL,
  type VARCHAR NOT NULL,
  layer VARCHAR NOT NULL,
  area VARCHAR NOT NULL,
  status VARCHAR NOT NULL,
  path VARCHAR NOT NULL,
  top BOOLEAN NOT NULL,
  planned BOOLEAN NOT NULL
);
COMMENT ON TABLE nodes IS 'Concepts';
COMMENT ON COLUMN nodes.id IS 'id of the concept''s IRI';
COMMENT ON COLUMN nodes.iri IS 'its IRI';
COMMENT ON COLUMN nodes.key IS 'its id in notes (dcterms:identifier)';
COMMENT ON COLUMN nodes.type IS 'key of its type';
COMMENT ON COLUMN nodes.layer IS 'name of its layer, or empty';
COMMENT ON COLUMN nodes.area IS 'name of its area, or empty';
COMMENT ON COLUMN nodes.status IS 'its status, or empty';
COMMENT ON COLUMN nodes.path IS 'path of its note, or empty';
COMMENT ON COLUMN nodes.top IS 'whether it is a declared top concept';
COMMENT ON COLUMN nodes.planned IS 'whether it is a plan or a task: no measure counts it';
CREATE TABLE labels (
  id BIGINT NOT NULL,
  kind VARCHAR NOT NULL,
  lang VARCHAR NOT NULL,
  text VARCHAR NOT NULL
);
COMMENT ON TABLE labels IS 'Names and definitions of concepts';
COMMENT ON COLUMN labels.id IS 'id of the concept';
COMMENT ON COLUMN labels.kind IS 'pref, alt or definition';
COMMENT ON COLUMN labels.lang IS 'language tag, or empty';
COMMENT ON COLUMN labels.text IS 'the text';
CREATE TABLE edges (
  source BIGINT NOT NULL,
  target BIGINT NOT NULL,
  relation BIGINT NOT NULL,
  asserted BOOLEAN NOT NULL,
  typed BOOLEAN NOT NULL,
  path VARCHAR NOT NULL,
  line INTEGER NOT NULL
);
COMMENT ON TABLE edges IS 'Relations and plain links between concepts, without loops: the network that measures read';
COMMENT ON COLUMN edges.source IS 'id of the concept at which the relation starts';
COMMENT ON COLUMN edges.target IS 'id of the concept to which it leads';
COMMENT ON COLUMN edges.relation IS 'id of the relation''s IRI';
COMMENT ON COLUMN edges.asserted IS 'true if an author stated it, false if a rule inferred it';
COMMENT ON COLUMN edges.typed IS 'false for plain links';
COMMENT ON COLUMN edges.path IS 'path of the first note that states it, or empty';
COMMENT ON COLUMN edges.line IS 'line in that note, or 0';
CREATE TABLE statements (
  subject BIGINT NOT NULL,
  predicate BIGINT NOT NULL,
  object BIGINT,
  value VARCHAR,
  lang VARCHAR,
  datatype BIGINT,
  graph BIGINT
);
COMMENT ON TABLE statements IS 'All statements of all graphs, suggestions excluded';
COMMENT ON COLUMN statements.subject IS 'id of the subject';
COMMENT ON COLUMN statements.predicate IS 'id of the predicate';
COMMENT ON COLUMN statements.object IS 'id of the object; null for a literal';
COMMENT ON COLUMN statements.value IS 'text of a literal';
COMMENT ON COLUMN statements.lang IS 'language of a literal';
COMMENT ON COLUMN statements.datatype IS 'id of a literal''s datatype; null for texts';
COMMENT ON COLUMN statements.graph IS 'id of the named graph, its provenance; null in the default graph';
CREATE TABLE graphs (
  id BIGINT NOT NULL,
  kind VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  path VARCHAR NOT NULL,
  line INTEGER NOT NULL
);
COMMENT ON TABLE graphs IS 'Provenance: what each named graph says of the statements in it';
COMMENT ON COLUMN graphs.id IS 'id of the graph''s IRI';
COMMENT ON COLUMN graphs.kind IS 'note, inferred or other';
COMMENT ON COLUMN graphs.rule IS 'name of the rule that inferred its statements, or empty';
COMMENT ON COLUMN graphs.path IS 'path of the note that states it or its premise, or empty';
COMMENT ON COLUMN graphs.line IS 'line in that note, or 0';
CREATE TABLE relations (
  id BIGINT NOT NULL,
  iri VARCHAR NOT NULL,
  key VARCHAR NOT NULL,
  kind VARCHAR NOT NULL
);
COMMENT ON TABLE relations IS 'Relations of the vocabulary';
COMMENT ON COLUMN relations.id IS 'id of the relation''s IRI';
COMMENT ON COLUMN relations.iri IS 'its IRI';
COMMENT ON COLUMN relations.key IS 'its key in notes';
COMMENT ON COLUMN relations.kind IS 'broader, narrower, associative, mapping or link';
CREATE VIEW concepts AS
WITH first AS (SELECT id, kind, lang, min(text) AS text FROM labels WHERE kind <> 'alt' GROUP BY id, kind, lang),
by_language AS (SELECT id, kind, map(list(lang ORDER BY lang), list(text ORDER BY lang)) AS texts FROM first GROUP BY id, kind),
further AS (SELECT id, list(text ORDER BY text) AS texts FROM labels WHERE kind = 'alt' GROUP BY id)
SELECT n.key, n.iri, names.texts AS names, further.texts AS aliases, definitions.texts AS definitions,
  n.type, n.layer, n.area, n.status, n.path, n.top, n.planned
FROM nodes n LEFT JOIN by_language names ON names.id = n.id AND names.kind = 'pref'
LEFT JOIN by_language definitions ON definitions.id = n.id AND definitions.kind = 'definition'
LEFT JOIN further ON further.id = n.id;
COMMENT ON VIEW concepts IS 'Concepts with their names; names and definitions are maps from language to text: names[''en'']';
CREATE VIEW triples AS
SELECT s.key AS source, r.key AS relation, t.key AS target, e.asserted, e.typed,
  nullif(e.path, '') AS path, nullif(e.line, 0) AS line
FROM edges e JOIN nodes s ON s.id = e.source JOIN relations r ON r.id = e.relation JOIN nodes t ON t.id = e.target;
COMMENT ON VIEW triples IS 'Relations and plain links between concepts, by their ids in notes; path and line where an author stated them, or null';
CREATE VIEW provenance AS
SELECT s.iri AS subject, p.iri AS predicate, o.iri AS object, st.value, st.lang, d.iri AS datatype,
  g.kind, nullif(g.rule, '') AS rule, nullif(g.path, '') AS path, nullif(g.line, 0) AS line
FROM statements st JOIN graphs g ON g.id = st.graph JOIN terms s ON s.id = st.subject JOIN terms p ON p.id = st.predicate
LEFT JOIN terms o ON o.id = st.object LEFT JOIN terms d ON d.id = st.datatype;
COMMENT ON VIEW provenance IS 'Who says so: each statement once for each line that states it and each rule that inferred it';
