# compile --all: sources, folders, .pyc; the report; the object cache; explain.
mkdir -p pkg/sub pkg/.hidden
cat >pkg/a.py <<'END'
def add(a, b):
    return a + b


async def gen(n):
    for i in range(n):
        yield i


class Point:
    def norm(self):
        return self.x * self.x + self.y * self.y
END
echo 'def g(x): return -x' >pkg/sub/b.py
echo 'def h(x): return ~x' >pkg/.hidden/c.py
echo 'def broken(:' >pkg/bad.py
all() { pyopt compile --all --python "$PYTHON" "$@"; }

t all -o a.pyob pkg
t all -o a.pyob pkg
t all --force -o a.pyob pkg
t all -o only.pyob --only Point.norm pkg
t all -o none.pyob --only nothing pkg
t all -o files.pyob --files '*/b.py' pkg
t all -o none.pyob --files 'b.py' pkg
t all -o x.pyob pkg/bad.py
t all -o x.pyob nosuch.py
t all -o x.pyob pkg/.hidden/nothing
mkdir none
t all -o x.pyob none
t all -o nosuchfolder/x.pyob pkg/a.py
"$PYTHON" -c 'import py_compile; py_compile.compile("pkg/a.py", "a.pyc")'
t all -o pyc.pyob a.pyc
echo rubbish >bad.pyc
t all -o x.pyob bad.pyc
head -c 60 a.pyc >cut.pyc
t all -o x.pyob cut.pyc
t ls x.pyob

all -f -o a.pyob pkg --json | "$PYTHON" -c '
import json, sys
r = json.load(sys.stdin)
print(r["output"], r["compiled"], r["left"], r["cached"], r["skipped_files"])
for f in r["functions"]: print(f["file"], f["line"], f["qualname"], f["compiled"], f["reason"])'
pyopt explain a.pyob --json | "$PYTHON" -c '
import json, sys
r = json.load(sys.stdin)
print(r["python"] == "%d.%d.%d" % sys.version_info[:3], r["profile"])
for f in r["functions"]: print(f["qualname"], f["compiled"], f["reason"], all(n["what"] for n in f["notes"]))'
t pyopt explain a.pyob gen
pyopt explain a.pyob norm | head -n 1
pyopt explain a.pyob a.py:1 | grep '^[a-z<]'
