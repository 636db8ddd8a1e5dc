#!/bin/bash
# browser.sh PYPROF PYTHON [CHROMIUM]: the flame graph in a real browser: drawn, searched, zoomed, flipped, walked by keys.
# The page is driven by a script put at its end, which leaves what it saw in the title; nothing is fetched.
set -u
here=$(cd "$(dirname "$0")" && pwd)
pyprof=$1 python=$2 chromium=${3:-chromium}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if ! command -v "$chromium" >/dev/null; then
    echo "no $chromium here"
    echo "browser: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
"$pyprof" record -q -r 3000 -o "$scratch/p.db" -- "$python" "$here/programs/classes.py" 6000
"$pyprof" export -t 'a <b> & "c"' -o "$scratch/plain.html" "$scratch/p.db"
cat >"$scratch/drive.js" <<'END'
<script>
"use strict";
const log = [], is = (what, ok) => log.push((ok ? "ok " : "FAILED ") + what);
const press = key => dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const frames = () => [...document.querySelectorAll("#graph .f")], named = text => frames().find(e => e.node.name.endsWith(text));
const widest = e => Math.abs(e.getBoundingClientRect().width - graph.clientWidth) < 3;
try {
    is("the title is text", $("title").textContent === 'a <b> & "c"');
    is("all frames that can be seen are there", frames().length > 5 && frames().length <= all.length);
    is("children are as wide as their samples", frames().every(e => e.node.parent === null || Math.abs(
        e.getBoundingClientRect().width + 1 - graph.clientWidth * e.node.total / root.total) < 1.6));
    is("no frame overlaps its neighbour", frames().every(e => frames().every(o => o === e || o.node.depth !== e.node.depth ||
        o.node.left >= e.node.left + e.node.total || e.node.left >= o.node.left + o.node.total)));
    const hot = named(".total");
    hot.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: 100, clientY: 60 }));
    is("hovering tells of the frame", !tip.hidden && tip.textContent.includes("classes.py:") && tip.textContent.includes("samples"));
    hot.click();
    is("a click zooms", state.zoom.name.endsWith(".total") && widest(named(".total")) && location.hash.startsWith("#zoom="));
    is("callers stay above", frames().some(e => e.classList.contains("above") && e.node === root));
    press("Escape");
    is("escape zooms out", state.zoom === root && location.hash === "#" || location.hash === "");
    $("find").value = "total";
    $("find").dispatchEvent(new Event("input"));
    is("search marks", document.querySelectorAll(".f.found").length > 0 && /^found in \d+.* %/.test($("matched").textContent));
    $("find").value = "/^__main__\\.tot/";
    $("find").dispatchEvent(new Event("input"));
    is("search takes regular expressions", document.querySelectorAll(".f.found").length > 0);
    $("find").value = "/((/";
    $("find").dispatchEvent(new Event("input"));
    is("a bad expression finds nothing", document.querySelectorAll(".f.found").length === 0);
    $("find").value = "";
    $("find").dispatchEvent(new Event("input"));
    press("Home"); press("ArrowDown"); press("ArrowDown");
    is("arrows walk to the heaviest", state.at.depth === 2 && $("told").textContent.startsWith(state.at.name));
    press("Enter");
    is("enter zooms", state.zoom === state.at && state.zoom.depth === 2);
    press("Backspace");
    is("backspace zooms out by one", state.zoom.depth === 1);
    const before = named(".main").getBoundingClientRect().top - graph.getBoundingClientRect().top;
    press("i");
    is("i flips", state.flipped && named(".main").getBoundingClientRect().top - graph.getBoundingClientRect().top !== before);
    press("/");
    is("/ goes to the search", document.activeElement === $("find"));
    location.hash = "#zoom=0&find=main";
    recall();
    is("the address is a view", state.zoom.depth === 1 && $("find").value === "main" && !state.flipped);
    is("nothing was fetched", performance.getEntriesByType("resource").length === 0);
} catch (e) {
    log.push("FAILED " + e);
}
document.body.append(Object.assign(document.createElement("pre"), { id: "log", textContent: log.join("\n") }));
</script>
END
cat "$scratch/plain.html" "$scratch/drive.js" >"$scratch/page.html"
"$chromium" --headless --no-sandbox --disable-gpu --window-size=1200,800 --virtual-time-budget=5000 --dump-dom \
    --user-data-dir="$scratch/profile" "file://$scratch/page.html" 2>/dev/null |
    sed -n '/<pre id="log">/,/<\/pre>/p' | sed 's/.*<pre id="log">//; s/<\/pre>.*//' >"$scratch/log"
cat "$scratch/log"
passed=$(grep -c '^ok ' "$scratch/log") failed=$(grep -vc '^ok ' "$scratch/log")
[ "$passed" -gt 0 ] || failed=1
echo "browser: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
