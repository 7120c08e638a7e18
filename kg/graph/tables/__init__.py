"""The graph as Parquet: tables with int64 ids, which other programs read and on which measures are computed at scale.

`schema` states the tables, `ids` how an IRI gets its id, `partitions` writes sorted tables in bounded memory, `writing` fills
them from a build, `duckdb_file` unites them in one database, and `reading` opens a folder of them and refuses one that is
incomplete or damaged. Nothing here is imported without the extra `parquet`, which installs pyarrow, or `duckdb`.
"""
