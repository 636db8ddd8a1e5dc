#!/bin/bash
# check.sh NAME... [-- NAME...]: runs `make NAME` for each: those before -- one at a time (they measure), the others two
# at a time.  Shows one line for each, and the end of the log of what failed.
#
# A check ends with a line `NAME: N passed, M failed[, K skipped]`, or with Check's own `Checks: N, Failures: F,
# Errors: E`; one that prints neither has failed.  The last line here sums up; the status is that of the sum.
set -u
build=${BUILD:-build}
dir=$build/check

one() {
    local name=$1 log=$dir/$1.log began=$SECONDS status counts p=0 f=0 k=0
    ${MAKE:-make} -s --no-print-directory BUILD="$build" "$name" </dev/null >"$log" 2>&1
    status=$?
    counts=$(grep -aoE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$log" | tail -n 1)
    if [ -z "$counts" ]; then
        counts=$(grep -aoE 'Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$log" |
            awk -F'[:,]' '{ n += $2; bad += $4 + $6 } END { if (NR) print n - bad " passed, " bad " failed" }')
    fi
    if [ -n "$counts" ]; then
        read -r p f k <<<"$(sed -E 's/[^0-9]+/ /g' <<<"$counts")"
        k=${k:-0}
    fi
    if [ -z "$counts" ] || { [ $status -ne 0 ] && [ "$f" -eq 0 ]; }; then
        f=$((f + 1))
    fi
    echo "$p $f $k" >"$dir/$name.counts"
    printf '%-16s %6d passed %3d failed %3d skipped %5d s\n' "$name" "$p" "$f" "$k" $((SECONDS - began))
    if [ "$f" -gt 0 ]; then
        printf -- '--- the end of %s\n%s\n---\n' "$log" "$(tail -n 40 "$log")"
    fi
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi
mkdir -p "$dir"
rm -f "$dir"/*.counts "$dir/sum"
names=0
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    one "$1"
    names=$((names + 1))
    shift
done
[ $# -eq 0 ] || shift
names=$((names + $#))
[ $# -eq 0 ] || printf '%s\n' "$@" | BUILD=$build xargs -P 2 -n 1 "$0" --one
passed=0 failed=0 skipped=0
for counts in "$dir"/*.counts; do
    read -r p f k <"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + k)) names=$((names - 1))
done
[ $skipped -eq 0 ] || echo "skipped: $skipped (the logs in $dir say why)"
failed=$((failed + names)) # a check that was killed left no count
echo "$passed passed, $failed failed" | tee "$dir/sum"
[ $failed -eq 0 ]
