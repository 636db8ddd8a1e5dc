#!/bin/sh
# Writes formats/cpython/v3xx/*.inc from the Pythons named: opcode map, and struct layout from the headers beside each
# (layout_debug.inc when it is a debug build).  With --check it writes nothing and fails when a file would change.
#
#     tools/gen/regen.sh [--check] PYTHON...
set -eu
check=
[ "${1:-}" = --check ] && check=1 && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
passed=0 failed=0

# place FILE TARGET: install it, or compare.
place() {
    if [ -z "$check" ]; then
        mkdir -p "$(dirname "$2")"
        cp "$1" "$2"
        echo "wrote $2"
    elif ! diff -u "$2" "$1" >&2; then
        echo "$2 is not what $python gives: run make regen" >&2
        status=1
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

for python in "$@"; do
    folder=formats/cpython/v$("$python" -c 'import sys; print("%d%d" % sys.version_info[:2])')
    "$python" tools/gen/gen_opmap.py >"$work/opmap.inc"
    place "$work/opmap.inc" "$folder/opmap.inc"
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    if [ ! -f "$headers/internal/pycore_frame.h" ]; then
        echo "skipped the layout of $python: its headers are not installed" >&2
        continue
    fi
    debug=$("$python" -c 'import sys; print("_debug" if hasattr(sys, "gettotalrefcount") else "")')
    ${CC:-gcc} -I"$headers" -Iformats/cpython tools/gen/gen_layout.c -o "$work/gen_layout"
    "$work/gen_layout" >"$work/layout.inc"
    place "$work/layout.inc" "$folder/layout$debug.inc"
    [ -z "$check" ] || echo "checked $folder against $python"
done
[ -z "$check" ] || echo "check-regen: $passed passed, $failed failed"
exit $status
