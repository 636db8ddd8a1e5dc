#!/bin/bash
# run.sh [FILE.sh...]: exact-output tests of the command lines.  Each tests/cli/NAME.sh runs in a scratch folder
# with the helpers below; what it prints must equal NAME.out.  GOLDEN=1 rewrites the .out files: read the diff.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-build}" && pwd) || exit 1
PYTHON=${PYTHON:-/usr/bin/python3.11}
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    echo "no CPython 3.11 at $PYTHON (PYTHON=... names one)"
    echo "check-cli: 0 passed, 1 failed"
    exit 1
fi
echo "python: $PYTHON $("$PYTHON" -V 2>&1)"
export PYTHON HERE=$here LC_ALL=C NO_COLOR=1
unset CC PYOPT PYOPT_STATS PYOPT_STRESS PYOPT_BUNDLE LD_PRELOAD
PATH=$build/bin:$PATH

# t CMD ARGS...: shows the command, everything it says, and its exit status.
t() {
    echo "\$ $*"
    "$@" </dev/null 2>&1
    echo "[$?]"
}
# q CMD ARGS...: must succeed, and says nothing in the expectation.
q() {
    "$@" </dev/null >quiet.log 2>&1 || { echo "failed: $*"; cat quiet.log; }
}
export -f t q

passed=0 failed=0
[ $# -gt 0 ] || set -- "$here"/*_*.sh
for script in "$@"; do
    script=$(cd "$(dirname "$script")" && pwd)/$(basename "$script")
    expected=${script%.sh}.out
    scratch=$(mktemp -d)
    export XDG_CACHE_HOME=$scratch/.cache
    actual=$(cd "$scratch" && bash "$script" 2>&1 |
        sed -E "s#$scratch#DIR#g; s#$build#BUILD#g; s#$PYTHON#PYTHON#g; s#, [0-9]+\.[0-9] s #, N s #; s#[0-9]+ kB#N kB#g")
    rm -rf "$scratch"
    if [ "${GOLDEN:-}" ]; then
        printf '%s\n' "$actual" >"$expected"
    fi
    if diff -u "$expected" <(printf '%s\n' "$actual"); then
        passed=$((passed + 1))
    else
        echo "FAILED: $(basename "$script") (GOLDEN=1 tests/cli/run.sh $script rewrites what is expected)"
        failed=$((failed + 1))
    fi
done
echo "check-cli: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
