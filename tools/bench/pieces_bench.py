#!/usr/bin/env python3
"""make pieces: records and compiles pieces.py, runs it in turn without and with its bundle, and prints for each piece the least CPU
time of either, their ratio, and whether the results are the same (if not, the exit status is 1)."""
import argparse
import os
import sys
import tempfile

from cycle import Cycle

HERE = os.path.dirname(os.path.abspath(__file__))


def least(times, output):
    """Adds one run's figures; the results by name."""
    results = {}
    for line in output.splitlines():
        name, ms, results[name] = line.split(" ", 2)
        times[name] = min(times.get(name, 1e9), float(ms))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--python", default="python3")
    parser.add_argument("-n", default="600000", help="iterations of a piece")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pieces-") as scratch:
        cycle = Cycle(os.path.abspath(args.build), args.python, scratch)
        program = [args.python, os.path.join(HERE, "pieces.py"), args.n, *args.names]
        pyob, _ = cycle.compile("pieces", cycle.record("pieces", program))
        off, on, differ = {}, {}, set()
        for _ in range(args.rounds):
            plain = least(off, cycle.run(program))
            native = least(on, cycle.run(cycle.with_bundle(pyob, program)))
            differ |= {name for name in plain if plain[name] != native.get(name)}
        for name in off:
            print(f"{name:22} {off[name]:8.1f} ms {on[name]:8.1f} ms {off[name] / max(on[name], 0.01):7.2f}x", "DIFFERS" if name in differ else "")
    return 1 if differ else 0


sys.exit(main())
