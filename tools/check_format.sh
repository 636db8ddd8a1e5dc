#!/bin/sh
# Every .c and .h of the repository is as clang-format would write it.  Tables (*.def, *.inc) are set by hand.
set -u
passed=0 failed=0
for f in $(find formats profiler optimizer loader tools tests -name '*.[ch]' | sort); do
    if clang-format --dry-run -Werror "$f" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        echo "$f: run make fmt"
        failed=$((failed + 1))
    fi
done
echo "check-format: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
