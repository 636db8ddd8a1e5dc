#!/bin/bash
# check.sh NAME...: runs `make NAME` for each, shows one line for each and the log of what failed.
# A check ends with a line `NAME: N passed, M failed[, K skipped]`, or with Check's own `Checks: N, Failures: F,
# Errors: E`; one that prints neither has failed.
# The last line sums up; the status is that of the sum.
set -u
build=${BUILD:-build}
mkdir -p "$build/check"
passed=0 failed=0 skipped=0
for name in "$@"; do
    log=$build/check/$name.log
    began=$SECONDS
    ${MAKE:-make} --no-print-directory BUILD="$build" "$name" >"$log" 2>&1
    status=$?
    counts=$(grep -aoE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$log" | tail -n 1)
    if [ -z "$counts" ]; then
        counts=$(grep -aoE 'Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$log" |
            awk -F'[:,]' '{ n += $2; bad += $4 + $6 } END { if (NR) print n - bad " passed, " bad " failed" }')
    fi
    p=0 f=0 k=0
    if [ -n "$counts" ]; then
        read -r p f k <<<"$(sed -E 's/[^0-9]+/ /g' <<<"$counts")"
        k=${k:-0}
    fi
    if [ -z "$counts" ] || { [ $status -ne 0 ] && [ "$f" -eq 0 ]; }; then
        f=$((f + 1))
    fi
    printf '%-16s %5d passed %3d failed %3d skipped %5d s\n' "$name" "$p" "$f" "$k" $((SECONDS - began))
    if [ "$f" -gt 0 ]; then
        echo "--- the end of $log"
        tail -n 40 "$log"
        echo "---"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + k))
done
[ $skipped -eq 0 ] || echo "skipped: $skipped (the logs in $build/check say why)"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
