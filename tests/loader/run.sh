#!/bin/sh
# The loader's tests: hand-written units for funcs.py run under every scenario of scenarios.py, and the output is the
# plain interpreter's, also with guards failing on purpose.  Usage: run.sh BUILD PYTHON...
set -e
build=$1
shift
here=$(dirname "$0")
root=$here/../..
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail=0 passed=0 failed=0

fault() {
    echo "FAILED: $*"
    fail=1
    failed=$((failed + 1))
}

# $1: what; then a command whose output must be the plain interpreter's
same() {
    what=$1
    shift
    status=0
    "$@" >"$dir/got" 2>"$dir/err" || status=$?
    if [ $status != 0 ]; then
        fault "$what: exit status $status"
        tail -5 "$dir/err"
    elif ! cmp -s "$dir/want" "$dir/got"; then
        fault "$what: output differs"
        diff "$dir/want" "$dir/got" | head -20
    else
        passed=$((passed + 1))
    fi
}

# the hand-written units, with these flags, into bundle.so
bundle() {
    ${CC:-gcc} -std=gnu11 -O2 -g -Wall -shared -fPIC -o "$dir/bundle.so" "$here/units.c" -I"$dir" -fno-canonical-system-headers -isystem "$inc" \
        -I"$root/formats/base" -I"$root/formats/cpython" -I"$root/formats/unit" -I"$root/loader/rt" -I"$build/gen" -DSOABI="\"$soabi\"" "$@"
}

# bundle.so is left alone, and the log says $1
refused() {
    rm -f "$dir/log" "$dir/stats"
    $with PYOPT_LOG="$dir/log" PYOPT_STATS="$dir/stats" "$python" -c 'import funcs' || fault "$label: $1: the program does not run"
    if grep -q "$1" "$dir/log" && ! grep -q qualname "$dir/stats" 2>/dev/null; then
        passed=$((passed + 1))
    else
        fault "$label: a bundle is used though $1"
    fi
}

stats() {
    "$python" -c "
import json, sys
with open('$dir/stats') as f: d = json.load(f)
u = {x['qualname']: x for x in d['units']}
ok = lambda n: n in u and u[n]['entries'] > 0
bad = [n for n in 'add total outer guarded divide recur Point___init__ make peek fading call1 wide covered variadic callkw gap only2 Method_keyword maker maker__locals__inner'.split() if not ok(n)]
bad += [n + ' must not be patched' for n in ('wide_try', 'numbers') if n in u]
if not u['fading']['retired']: bad.append('fading is not retired')
if u['recur']['retired']: bad.append('recur is retired')
if not any(e['reason'] == 'int overflow' and e['hits'] for e in u['total']['exits']): bad.append('no overflow exit')
if bad: print(*bad, sep='\n')
sys.exit(bool(bad))" || fault "$label: statistics"
}

for python; do
    eval "$("$python" -c 'import sys, sysconfig as s
print("inc=%s soabi=%s version=%s debug=%d" % (s.get_path("include"), s.get_config_var("SOABI"),
      "%d.%d.%d" % sys.version_info[:3], hasattr(sys, "gettotalrefcount")))')"
    label="$version $soabi"
    cp "$here/funcs.py" "$here/scenarios.py" "$dir"
    PYOPT=off "$python" "$here/facts.py" "$dir/funcs.py" "$dir/funcs.marshal" >"$dir/facts.h"
    "$build/tests/loader_keys" -h "$dir/funcs.marshal" >>"$dir/facts.h"
    bundle
    PYOPT=off "$python" "$here/keys.py" "$build/lib/pyopt/loader-$version-$soabi.so" "$build/tests/loader_keys" ||
        fault "$label: code keys"
    PYTHONPATH=$dir PYTHONDONTWRITEBYTECODE=1
    export PYTHONPATH PYTHONDONTWRITEBYTECODE
    "$python" "$dir/scenarios.py" >"$dir/want"
    with="env LD_PRELOAD=$build/lib/pyopt/libpyopt_preload.so PYOPT_BUNDLE=$dir/bundle.so"
    same "$label off" $with PYOPT=off "$python" "$dir/scenarios.py"
    same "$label" $with PYOPT_STATS="$dir/stats" PYOPT_LOG="$dir/log" "$python" "$dir/scenarios.py"
    stats
    for n in 1 2 7; do
        same "$label stress $n" $with PYOPT_STRESS=deopt:$n "$python" "$dir/scenarios.py"
    done
    if [ "$debug" = 1 ]; then
        "$python" "$dir/scenarios.py" refs >"$dir/want"
        same "$label references" $with "$python" "$dir/scenarios.py" refs
    fi
    PYOPT=off "$python" "$here/generators.py" >"$dir/want"
    "$build/bin/pyopt" compile --all --python "$python" -f -o "$dir/gen.pyob" "$here/generators.py" >/dev/null || fault "$label: generators"
    for n in 0 1 3; do
        same "$label generators $n" env PYOPT_STRESS=deopt:$n PYOPT_STATS="$dir/stats" "$build/bin/pyopt" run "$dir/gen.pyob" -- "$python" "$here/generators.py"
        [ $n != 0 ] || grep -q '"leaves".*"retired": true' "$dir/stats" || fault "$label: leaves is not retired"
    done
    kept=$($with "$python" "$here/arenas.py")
    [ "$kept" = kept ] && passed=$((passed + 1)) || fault "$label: arenas: $kept"
    PYOPT=off "$python" "$here/ways.py" "$build/lib/pyopt/libpyopt_preload.so" "$dir/bundle.so" "$dir/funcs.py" ||
        fault "$label: ways in"
    $with sh -c 'exit 3' && fault "$label: a shell under the preload library"
    chmod o+w "$dir/bundle.so"
    refused 'others than you'
    rm -f "$dir/bundle.so"
    bundle -DUNITS_ABI='(PYOPT_ABI ^ 1)'
    refused 'another pyopt'
    rm -f "$dir/bundle.so"
    echo "loader: $label done"
done
echo "check-loader: $passed passed, $failed failed"
exit $fail
