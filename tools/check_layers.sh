#!/bin/bash
# The layers of DESIGN.md section 4 as a test: what each folder may include, where CPython's own headers may
# appear, and a few laws that keep knowledge in one place.  One count per file and law.
set -u
build=${BUILD:-build}
passed=0 failed=0

broken() { # broken FILE WHAT
    echo "$1: $2"
    failed=$((failed + 1))
}

# The folders whose headers FOLDER's files may include, as a pattern over repository paths.
allowed() {
    case $1 in
    formats/base) echo 'formats/base/' ;;
    formats/cpython*) echo 'formats/(base|cpython)/' ;;
    formats/profile) echo 'formats/(base|cpython|profile)/' ;;
    formats/bundle) echo 'formats/(base|cpython|bundle|unit)/' ;;
    formats/unit) echo 'formats/(base|cpython|unit)/' ;;
    profiler*) echo '(formats/(base|cpython|profile)|profiler)/' ;;
    optimizer*) echo '(formats/(base|cpython|profile|bundle|unit)|optimizer)/' ;;
    loader*) echo '(formats/(base|cpython|unit)|loader)/' ;;
    tools*) echo '(formats/[a-z]+|profiler|optimizer)/|tools/' ;;
    tests*) echo '.' ;;
    esac
}

sources=$(find formats profiler optimizer loader tools tests -name '*.[ch]' | sort)

# 1. Every include, whichever way the compiler found it: `gcc -MM` over the file with all folders on its path.
every_dir=$(printf '%s\n' $sources | xargs -n1 dirname | sort -u | sed 's/^/-iquote/')
for f in $sources; do
    rule=$(allowed "$(dirname "$f")")
    # shellcheck disable=SC2086
    deps=$(gcc -MM -MG $every_dir "$f" 2>/dev/null | tr -d '\\\n' | sed 's/^[^:]*://')
    bad=
    for d in $deps; do
        case $d in
        formats/* | profiler/* | optimizer/* | loader/* | tools/* | tests/*)
            [[ $d == "$f" || $d =~ ^($rule) || $rule == . ]] || bad="$bad $d" ;;
        esac
    done
    if [ -n "$bad" ]; then
        broken "$f" "may not include$bad"
    else
        passed=$((passed + 1))
    fi
done

# 2. Laws over the text.  law NAME PATTERN WHERE... : no line of WHERE may match.
law() {
    local what=$1 pattern=$2 hits
    shift 2
    hits=$(grep -rnE --include='*.[ch]' "$pattern" "$@" 2>/dev/null)
    if [ -n "$hits" ]; then
        broken "$what" "$(head -n 5 <<<"$hits")"
    else
        passed=$((passed + 1))
    fi
}
law "Python.h is for the loader only" '^ *# *include *[<"](Python\.h|internal/pycore)' \
    formats profiler optimizer tools/*.c tests/unit
law "no version test outside formats/cpython and loader" 'minor *(==|!=|<|>)|v3[0-9][0-9]' \
    optimizer profiler
law "no path upwards in an include" '^ *# *include *"\.\./' formats profiler optimizer loader tools tests
law "nothing unfinished" 'TODO|FIXME|HACK' formats profiler optimizer loader tools

# 3. File stems are addresses: unique in the tree.
twice=$(find formats profiler optimizer loader tools tests/unit -name '*.c' -printf '%f\n' | sort | uniq -d)
if [ -n "$twice" ]; then
    broken "the same file name twice" "$twice"
else
    passed=$((passed + 1))
fi

# 4. No mutable globals in the host-side libraries.  (Tables of pointers are .data.rel.ro: constant.)
for lib in formats pyprof pyopt; do
    [ -f "$build/lib$lib.a" ] || continue
    vars=$(objdump -t "$build/lib$lib.a" |
        awk '$3 == "O" && $4 ~ /^\.(data|bss)$/ { print $NF }')
    if [ -n "$vars" ]; then
        broken "lib$lib.a holds mutable globals" "$(tr '\n' ' ' <<<"$vars")"
    else
        passed=$((passed + 1))
    fi
done

echo "check-layers: $passed passed, $failed failed"
[ $failed -eq 0 ]
