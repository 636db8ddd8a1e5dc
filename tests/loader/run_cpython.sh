#!/bin/sh
# CPython's own tests with every function entered through the stub and left at once.  Usage: run_cpython.sh BUILD PYTHON
# [TEST...]; PYTHON needs its test package.  A test counts as passed when it ends as it does without pyopt.
build=$1 python=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
if ! "$python" -c 'import test.test_frame' 2>/dev/null; then
    echo "skipped: $python has no test package"
    exit 0
fi
[ $# -gt 0 ] || set -- test_exceptions test_traceback test_frame test_scope test_call test_extcall test_generators \
    test_coroutines test_sys_setprofile test_code test_inspect test_funcattrs test_super test_with test_raise test_audit \
    test_types test_dataclasses test_collections test_functools test_gc test_weakref test_signal test_json test_pickle \
    test_copy test_builtin test_compile test_runpy test_warnings test_descr test_class test_contextlib test_bdb
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
eval "$("$python" -c 'import sysconfig as s
print("inc=%s soabi=%s" % (s.get_path("include"), s.get_config_var("SOABI")))')"
"$python" "$here/everything.py" "$build/tests/loader_keys" "$dir/all.c" || exit 1
${CC:-gcc} -std=gnu11 -O0 -shared -fPIC -o "$dir/all.so" "$dir/all.c" -fno-canonical-system-headers -isystem "$inc" \
    -I"$root/formats/base" -I"$root/formats/cpython" -I"$root/formats/unit" -I"$root/loader/rt" -I"$build/gen" -DSOABI="\"$soabi\"" || exit 1
cd "$dir" || exit 1
failed=0
for t; do
    "$python" -m test "$t" >plain.log 2>&1
    want=$?
    # stress with a number never reached: nothing is retired
    LD_PRELOAD=$build/lib/pyopt/libpyopt_preload.so PYOPT_BUNDLE=$dir/all.so PYOPT_STRESS=deopt:1000000000 \
        "$python" -m test -v "$t" >with.log 2>&1
    got=$?
    if [ $want != $got ]; then
        echo "FAILED: $t: wanted status $want, got $got"
        grep -E '^(FAIL|ERROR):' with.log | sort -u | head -20
        failed=$((failed + 1))
    fi
done
echo "check-loader-cpython: $(($# - failed)) passed, $failed failed"
exit $failed
