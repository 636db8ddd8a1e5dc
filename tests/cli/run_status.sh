# pyopt run: the status is the command's, whatever the command is.
echo 'def f(a, b): return a + b' >m.py
q pyopt compile --all --python "$PYTHON" -o m.pyob m.py
cat >prog.py <<'END'
import sys, m
print(m.f(1, 2), sys.argv[1:])
sys.exit(int(sys.argv[1]))
END
t pyopt run m.pyob -- "$PYTHON" prog.py 0
t pyopt run m.pyob -- "$PYTHON" prog.py 7 --json -o x
t pyopt run m.pyob "$PYTHON" prog.py 3
t pyopt run m.pyob -- sh -c 'echo not python; exit 5'
cat >killed.py <<'END'
import subprocess
print(subprocess.run(["pyopt", "run", "m.pyob", "--", "sh", "-c", "kill -TERM $$"]).returncode)
END
t "$PYTHON" killed.py
t pyopt run m.pyob -- true
t pyopt run m.pyob -- nosuchcommand
t pyopt run m.pyob -- ./prog.py
t pyopt run m.pyob -- "$PYTHON" -c 'raise ValueError("no")'

# PYOPT=off is looked at first: not even the bundle is read.
t env PYOPT=off pyopt run nosuch.pyob -- "$PYTHON" prog.py 4
t env PYOPT=off pyopt run m.pyob -- sh -c 'echo "preload=[$LD_PRELOAD] bundle=[$PYOPT_BUNDLE]"'

# The bundle is unpacked once, for this user alone.
t pyopt run m.pyob -- sh -c 'stat -c %a "$PYOPT_BUNDLE" "$(dirname "$PYOPT_BUNDLE")"'
before=$(stat -c %Y-%i "$XDG_CACHE_HOME"/pyopt/bundles/*/bundle.so)
q pyopt run m.pyob -- true
[ "$before" = "$(stat -c %Y-%i "$XDG_CACHE_HOME"/pyopt/bundles/*/bundle.so)" ] && echo "unpacked once"

# A service without a home to write to runs all the same.
t env -u XDG_CACHE_HOME HOME=/proc/nowhere TMPDIR="$PWD" pyopt run m.pyob -- "$PYTHON" prog.py 0
stat -c %a pyopt-*
