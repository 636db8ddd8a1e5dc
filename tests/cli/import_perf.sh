# pyprof import: what perf script prints becomes a profile; Python frames stay, with what ran in C below the innermost.
cat >stacks.txt <<'EOF'
# ========
# captured on    : Sun Nov 22 10:00:00 2026
# hostname : web7
# cmdline : /usr/bin/perf record -F 100 -g python3 -X perf app.py
# ========
#
my prog 1 77/77   100.000000:   10000000 cpu-clock:pppH: 
	    7f01 _PyUnicode_Join+0x41 (/usr/lib/libpython3.12.so.1.0)
	    7f02 _PyEval_EvalFrameDefault+0x10 (/usr/lib/libpython3.12.so.1.0)
	    7f03 py::Page.render:/srv/app.py+0x5 (/tmp/perf-77.map)
	    7f04 _PyEval_Vector+0x1 (/usr/lib/libpython3.12.so.1.0)
	    7f05 py::main:/srv/app.py+0x5 (/tmp/perf-77.map)
	    7f06 [unknown] ([unknown])

my prog 1 77/78   100.010000:   10000000 cpu-clock:pppH: 
	    7f03 py::Page.render:/srv/app.py+0x9 (/tmp/perf-77.map)
	    7f05 py::main:/srv/app.py+0x5 (/tmp/perf-77.map)

sh 80/80   100.500000:   10000000 cpu-clock:pppH: 
	    4001 main+0x5 (/usr/bin/dash (deleted))

sh 80/80   101.000000:   10000000 cpu-clock:pppH: 

EOF
t pyprof import stacks.txt -o p.db
t pyprof import stacks.txt -o p.db
t pyprof info p.db
t pyprof report p.db
t pyprof export -f collapsed p.db
q pyprof import --append -q -o p.db stacks.txt
t pyprof export -f collapsed p.db
q pyprof import -q -o q.db stacks.txt
t pyprof diff p.db q.db
t pyprof merge -o r.db p.db q.db
t pyprof export -f collapsed r.db
t pyprof annotate r.db
t pyopt compile r.db
echo 'nothing of the kind' >text
t pyprof import text -o s.db
: >empty
t pyprof import empty -o s.db
t pyprof import nosuch -o s.db
t ls s.db
