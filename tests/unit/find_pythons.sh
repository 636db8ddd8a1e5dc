#!/bin/sh
# Prints the Pythons to test with, one absolute path a line: those named in $PYTHONS, or every supported one found on
# PATH and under pyenv.  Says on stderr which, and why others were left out when they were asked for.
candidates=$PYTHONS
if [ -z "$candidates" ]; then
    for dir in $(echo "$PATH" | tr ':' ' ') "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin; do
        for name in python3.11 python3.11-dbg python3-dbg; do
            [ -x "$dir/$name" ] && candidates="$candidates $dir/$name"
        done
    done
fi
found=
for python in $candidates; do
    real=$("$python" -c 'import os, sys
if sys.version_info[:2] == (3, 11) and sys.implementation.name == "cpython":
    print(os.path.realpath(sys.executable))' 2>/dev/null)
    if [ -z "$real" ]; then
        [ -n "$PYTHONS" ] && echo "skipped: $python is not a CPython 3.11" >&2
        continue
    fi
    case " $found " in *" $real "*) continue ;; esac
    found="$found $real"
    echo "$real"
done
[ -n "$found" ] || echo "skipped: no supported Python found (set PYTHONS)" >&2
