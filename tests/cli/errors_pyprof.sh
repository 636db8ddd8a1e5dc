# pyprof's faults: the command line, the output, the profile to report.
t pyprof
t pyprof frobnicate
t pyprof record
t pyprof record --append --force -- true
t pyprof record -r 0 -- true
t pyprof report
t pyprof report nosuch.db
echo 'hello, I am not a database' >text.db
t pyprof report text.db
t pyprof record -o text.db -- true
t pyprof record --append -o text.db -- true
t pyprof record -o nosuchfolder/x.db -- true
"$PYTHON" - "$HERE/../../schemas/profile.sql" <<'END'
import sqlite3, sys
db = sqlite3.connect("newer.db")
db.executescript(open(sys.argv[1]).read() + ";PRAGMA user_version = 99;")
db.commit()
END
t pyprof report newer.db
t pyprof record --append -o newer.db -- true
head -c 6000 newer.db >cut.db
t pyprof report cut.db
