"""Feed the readers of editors' files with accidents, and keep what they do not take well.

Run ``python tests/fuzz/fuzz.py --seconds 60``; what is found lies in ``--out``, and the exit
status is 1. Files in ``found/`` are tests ever after. The same seed makes the same accidents, and
with ``--files`` just as many of them on a slow machine as on a fast one.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutate import accident
from oracle import FORMATS, Fault, Format, judge
from seeds import seeds

_POOL, _TOLD = 300, 10


def fuzz(
    form: Format, seconds: float, files: float, chance: random.Random, out: Path
) -> dict[str, Path]:
    """Return a file for each kind of fault that was found in a time or so many files."""
    pool = seeds(form.name)
    told: Counter[str] = Counter()
    faults: dict[str, Path] = {}
    for data in pool:
        _try(form, data, told, faults, out)
    first = len(pool)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and told.total() < files and len(faults) < _TOLD:
        data = accident(chance.choice(pool), pool, chance)
        if _try(form, data, told, faults, out) == "read" and len(data) < 100_000:
            # What was read with an accident in it may take another one.
            if len(pool) < first + _POOL:
                pool.append(data)
            elif chance.random() < 0.1:
                pool[chance.randrange(first, len(pool))] = data
    print(
        f"{form.name}: {sum(told.values())} files, {dict(told)}, {len(faults)} kinds of fault",
        flush=True,
    )
    return faults


def _try(form: Format, data: bytes, told: Counter[str], faults: dict[str, Path], out: Path) -> str:
    try:
        verdict = judge(form, data)
    except Fault as fault:
        verdict = "fault"
        kind = _kind_of(fault)
        if kind not in faults:
            out.mkdir(parents=True, exist_ok=True)
            name = f"{hashlib.sha256(data).hexdigest()[:8]}.{form.name}"
            faults[kind] = out / name
            faults[kind].write_bytes(data)
            print(f"  {faults[kind]}: {str(fault)[:600]}", flush=True)
    told[verdict] += 1
    return verdict


def _kind_of(fault: Fault) -> str:
    """Return where a fault comes from: the deepest line of the exception behind it."""
    behind = fault.__cause__ or fault
    trace = behind.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{type(behind).__name__} {place}"


def main() -> int:
    """Fuzz all formats, the time shared among them; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all formats together")
    parser.add_argument("--files", type=float, default=math.inf, help="at most, of each format")
    parser.add_argument("--seed", type=int, default=None, help="by default another one each time")
    parser.add_argument("--out", type=Path, default=Path("fuzz-found"))
    parser.add_argument("formats", nargs="*", default=list(FORMATS), help=", ".join(FORMATS))
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}")
    faults: dict[str, Path] = {}
    for name in given.formats:
        share = given.seconds / len(given.formats)
        faults |= fuzz(
            FORMATS[name], share, given.files, random.Random(f"{seed} {name}"), given.out
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
