# pyprof record: the status is the command's, whatever the command is; what it prints is its own.
r() { t pyprof record -q --force -o x.db -- "$@"; }
echo 'import sys; print("hello", sys.argv[1:]); sys.exit(int(sys.argv[1]))' >prog.py
r "$PYTHON" prog.py 0
r "$PYTHON" prog.py 7 --json -o y
r sh -c 'echo not python; exit 5'
r true
r nosuchcommand
r ./prog.py
r "$PYTHON" -c 'raise ValueError("no")'
cat >killed.py <<'END'
import subprocess
print(subprocess.run(["pyprof", "record", "-q", "--force", "-o", "x.db", "--", "sh", "-c", "kill -TERM $$"]).returncode)
END
t "$PYTHON" killed.py
t ls x.db
