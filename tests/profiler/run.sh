#!/bin/bash
# run.sh PYPROF PYTHON...: the fault checks on every Python, the others on the first.
set -u
here=$(dirname "$0")
pyprof=$1
shift
export PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0 accurate=
checks() { # checks SCRIPT PYTHON: adds what its last line counts
    local out p f
    out=$("$2" -W ignore "$here/$1" "$pyprof" "$2" 2>&1)
    echo "$out"
    read -r p f <<<"$(tail -n 1 <<<"$out" | sed -E 's/[^0-9]+/ /g')"
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
}
for python; do
    checks faults.py "$python"
    # A debug build is slow and allocates otherwise: its odds say nothing about anybody's.
    if [ -z "$accurate" ] && ! "$python" -c 'import sys; sys.exit(not hasattr(sys, "gettotalrefcount"))'; then
        accurate=yes
        checks commands.py "$python"
        checks outside.py "$python"
        if ACCURACY_SECONDS=1 ACCURACY_RATE=3000 ACCURACY_SLACK=2 "$python" "$here/accuracy.py" "$pyprof" "$python"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    fi
done
if [ $# -eq 0 ]; then
    echo "no supported Python to record (PYTHONS=... names one)"
    failed=1
fi
echo "check-profiler: $passed passed, $failed failed"
[ $failed -eq 0 ]
