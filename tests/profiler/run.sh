#!/bin/bash
# run.sh PYPROF PYTHON...: everything on the first Python that is no debug build, and on the others what depends on the
# Python.  Two scripts run at a time, since most
# of their time is waiting; what compares with exact counts runs by itself, at the end.
set -u
here=$(cd "$(dirname "$0")" && pwd)
pyprof=$1
shift
export PYTHONDONTWRITEBYTECODE=1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

first= work=()
for python; do
    # A debug build is slow and allocates otherwise: its odds say nothing about anybody's.
    if [ -z "$first" ] && ! "$python" -c 'import sys; sys.exit(not hasattr(sys, "gettotalrefcount"))'; then
        first=$python
        work+=("faults.py" "$python" "all" "stacks.py" "$python" "all" "outside.py" "$python" "all" "commands.py" "$python" "all")
    else
        work+=("faults.py" "$python" "core")
    fi
done
export here pyprof logs
# shellcheck disable=SC2016
printf '%s\n' "${work[@]}" | xargs -P 2 -n 3 bash -c '
    log=$(mktemp "$logs/XXXXXX")
    { echo "$0 with $1 ($2)"; "$1" -W ignore "$here/$0" "$pyprof" "$1" "$2"; } >"$log" 2>&1'

passed=0 failed=0
for log in "$logs"/*; do
    [ -f "$log" ] || continue
    cat "$log"
    read -r p f <<<"$(sed -nE 's/^[a-z]+: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1)"
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
done
if [ -n "$first" ]; then
    if ACCURACY_JOBS=2 ACCURACY_SECONDS=1 ACCURACY_RATE=3000 ACCURACY_SLACK=2 "$first" "$here/accuracy.py" "$pyprof" "$first"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
else
    echo "no supported Python to record (PYTHONS=... names one)"
    failed=$((failed + 1))
fi
echo "check-profiler: $passed passed, $failed failed"
[ $failed -eq 0 ]
