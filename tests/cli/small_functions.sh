# A function of a few instructions is not entered from the interpreter, which is faster; under stress it is.
cat >small.py <<'EOF'
class P:
    def __init__(self):
        self.x = 1

    def get(self):
        return self.x

    def sum(self, n):
        return sum([i * self.x for i in range(n)]) + self.x * n

p = P()

async def generate(n):  # the interpreter's
    for i in range(n):
        yield p.get() + i

def all_of(items):
    s = 0
    try:
        while True:
            try:
                items.__anext__().send(None)
            except StopIteration as e:
                s += e.value
    except StopAsyncIteration:
        return s

total = 0
for i in range(20):
    total += all_of(generate(100000)) + p.sum(100)
print(total)
EOF
q pyprof record -r 1000 -o small.db -- "$PYTHON" small.py
q pyopt compile small.db
pyopt explain small.pyob P.get | grep -o 'small: .*'
entries='
import json
for u in json.load(open("stats.json"))["units"]:
    if u["qualname"] == "P.get": print(u["qualname"], u["entries"])'
t env PYOPT_STATS=stats.json pyopt run small.pyob -- "$PYTHON" small.py
"$PYTHON" -c "$entries"
t env PYOPT_STATS=stats.json PYOPT_STRESS=deopt:1000000 pyopt run small.pyob -- "$PYTHON" small.py
"$PYTHON" -c "$entries"
q pyopt compile --all --python "$PYTHON" -o all.pyob small.py
t env PYOPT_STATS=stats.json pyopt run all.pyob -- "$PYTHON" small.py
"$PYTHON" -c "$entries"
