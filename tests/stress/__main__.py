"""Runs the parts one after the other and prints one table; exits with 1 if a row failed.

python -m tests.stress                      everything: under an hour on two cores
python -m tests.stress --share 0.1          a tenth of it
python -m tests.stress --only kills,disk    some parts
"""

import argparse
import sys
import time
from collections.abc import Iterator

from tests.stress.disk import fill_disks
from tests.stress.families import open_families
from tests.stress.kills import kill_studies
from tests.stress.network import slow_down_networks
from tests.stress.pages import load_pages
from tests.stress.table import HEAD, Part, Row, columns
from tests.stress.texts import read_long_texts
from tests.stress.types import sweep_types

PARTS = (
    Part("kills", "a study that is killed again and again", kill_studies),
    Part("families", "every family of models, opened from a folder", open_families),
    Part("types", "every model type of transformers, made tiny", sweep_types),
    Part("texts", "long and strange texts", read_long_texts),
    Part("disk", "a study on a disk that becomes full", fill_disks),
    Part("network", "the page over slow networks", slow_down_networks),
    Part("pages", "many loads of the page", load_pages),
)
"""Add a sweep here: a function of a share that yields rows."""


def main() -> None:
    options = read_arguments()
    wanted = options.only.split(",") if options.only else [part.name for part in PARTS]
    start, rows = time.monotonic(), []
    for part in PARTS:
        if part.name in wanted:
            print(f"{part.name}: {part.about} ...", flush=True)
            for row in run(part, options.share):
                print(f"  {row}", flush=True)  # a run that is stopped has told what it saw
                rows.append(row)
    print("\n" + columns(*HEAD) + "\n" + "\n".join(map(str, rows)))
    failed = sum(not row.is_ok for row in rows)
    print(f"\n{len(rows)} rows, {failed} failed, {(time.monotonic() - start) / 60:.1f} minutes")
    sys.exit(1 if failed or not rows else 0)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.stress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the usual numbers")
    names = ", ".join(part.name for part in PARTS)
    parser.add_argument("--only", default="", metavar="PARTS", help=f"some of: {names}")
    return parser.parse_args()


def run(part: Part, share: float) -> Iterator[Row]:
    """The rows of a part; an error that none of them expects is a row that failed."""
    try:
        yield from part.run(share)
    except Exception as error:  # one part must not end the others
        yield Row(part.name, 1, f"{type(error).__name__}: {error}"[:200], is_ok=False)


if __name__ == "__main__":
    main()
