# Record, report, compile, explain, run: the whole loop on a program whose shape is known.
cat >prog.py <<'END'
import sys

def hot(n):
    total = 0.0
    for i in range(n):
        total += i * 0.5
    return total

def main():
    for k in range(int(sys.argv[1])):
        hot(100000)
    print(hot(1000))

main()
END
q pyprof record -r 1000 -o prog.db -- "$PYTHON" prog.py 60
pyprof report prog.db | grep -o '__main__.hot  .*prog.py:3'
pyprof report prog.db --json | "$PYTHON" -c '
import json, sys
r = json.load(sys.stdin)
print(r["functions"][0]["name"])'
t pyprof record -o prog.db -- true
pyopt compile prog.db | grep -o 'prog.py:3 hot'
t ls prog.pyob
t pyopt compile prog.db
t pyopt compile prog.db --python /bin/ls -o other.pyob
pyopt compile prog.db --force --json | "$PYTHON" -c '
import json, sys
r = json.load(sys.stdin)
print(r["output"], r["functions"][0]["qualname"], r["coverage"] > 0.9, r["cached"] >= r["compiled"])'
pyopt explain prog.pyob hot | head -n 1
pyopt explain prog.pyob hot | grep -o 'total += i \* 0.5\|seen: BINARY_OP of float, float\|unboxed: float add' | sort -u
t pyopt run prog.pyob -- "$PYTHON" prog.py 3
t env PYOPT_STATS=stats.json pyopt run prog.pyob -- "$PYTHON" prog.py 3
"$PYTHON" -c '
import json
for u in json.load(open("stats.json"))["units"]:
    if u["qualname"] == "hot": print(u["qualname"], u["entries"] > 0)'
t env PYOPT_STRESS=deopt:1 pyopt run prog.pyob -- "$PYTHON" prog.py 3
t env PYOPT=off pyopt run prog.pyob -- "$PYTHON" prog.py 3
