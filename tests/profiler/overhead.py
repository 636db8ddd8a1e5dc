"""What recording costs: CPU time of the program with and without, in interleaved pairs.

    python3.11 overhead.py PYPROF PYTHON [RATE...]      RATE: samples per second, or `default`

Prints, per program and rate, the median ratio of the pairs and the quartiles around it, and the
ratio of the best runs, which is what is left of the cost on a busy machine."""
import os
import statistics
import subprocess
import sys
import tempfile

import accuracy

PAIRS = int(os.environ.get("OVERHEAD_PAIRS", "11"))
SECONDS = float(os.environ.get("OVERHEAD_SECONDS", "1"))
PROGRAMS = ["branchy.py", "classes.py", "numeric.py", "recursive.py", "strings.py"]


def cpu(command):
    """CPU seconds of the program alone: it prints them itself when it ends."""
    code = ("import atexit, os, runpy, sys; sys.argv = sys.argv[1:]; "
            "atexit.register(lambda: print(sum(os.times()[:2]), file=sys.stderr)); "
            "runpy.run_path(sys.argv[0], run_name='__main__')")
    done = subprocess.run(command(["-c", code]), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return float(done.stderr.split()[-1])


def main(pyprof, python, *rates):
    db = os.path.join(tempfile.mkdtemp(), "p.db")
    for name in PROGRAMS:
        path = os.path.join(accuracy.HERE, "programs", name)
        size = str(accuracy.calibrate(python, path, SECONDS))
        for rate in rates or ("default", "100", "1000"):
            how = [] if rate == "default" else ["-r", rate]
            ratios, best = [], [float('inf')] * 2
            for _ in range(PAIRS):
                plain = cpu(lambda args: [python, *args, path, size])
                recorded = cpu(lambda args: [pyprof, "record", "-q", "--force", *how, "-o", db, "--",
                                             python, *args, path, size])
                ratios.append(recorded / plain)
                best = [min(best[0], plain), min(best[1], recorded)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(f"{name:14} {rate:>7} Hz: {middle:.3f}  ({low:.3f} to {high:.3f})  best {best[1] / best[0]:.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
