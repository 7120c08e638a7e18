"""Coverage-guided fuzzing without a time limit, with the targets of tests/properties/targets.py.

    python benchmarks/fuzz.py TARGET [--seconds N] [--corpus DIR]

An input that crashes, takes more than 10 s or needs more than 2 GB is stored next to the corpus; its fix should add a test.
Needs atheris (`pip install atheris`); docs/reliability.md lists past runs. CI runs the same targets briefly, without atheris.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "properties"))

with atheris.instrument_imports(include=["kg"]):
    from targets import TARGETS, seeds


def main() -> None:
    """Parse the arguments, write the seeds, run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--timeout", type=int, default=10, help="seconds that one input may take")
    parser.add_argument("--corpus", type=Path)
    given = parser.parse_args()
    corpus = given.corpus or Path(tempfile.mkdtemp(prefix="kg-corpus-"))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.target)):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    run = TARGETS[given.target]
    flags = [
        f"-max_total_time={given.seconds}",
        f"-timeout={given.timeout}",
        "-rss_limit_mb=2048",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={corpus}/../{given.target}-", str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
