# Every fault of a profile, as compile tells it.
make_db() { # make_db FILE [SQL]: an empty profile, then some SQL
    "$PYTHON" - "$1" "${2:-}" "$HERE/../../schemas/profile.sql" <<'END'
import sqlite3, sys
path, sql, schema = sys.argv[1:]
db = sqlite3.connect(path)
db.executescript(open(schema).read())
db.executescript(sql)
db.commit()
END
}
a_run() { # a_run VERSION HEXVERSION SAMPLES
    echo "INSERT INTO run VALUES (1,'','h','python3','$1',$2,'','[]','perf',1,1,1,$3,0,0,0,0,1,0,0,0);"
}
t pyopt compile nosuch.db
t pyopt compile .
echo 'hello, I am not a database' >text.db
t pyopt compile text.db
: >empty.db
t pyopt compile empty.db
"$PYTHON" -c 'import sqlite3; d = sqlite3.connect("other.db"); d.execute("create table t(x)"); d.commit()'
t pyopt compile other.db
make_db newer.db 'PRAGMA user_version = 99'
t pyopt compile newer.db
make_db fresh.db
t pyopt compile fresh.db
make_db idle.db "$(a_run 3.11.2 51053296 0)"
t pyopt compile idle.db
make_db old.db "$(a_run 3.8.1 50856432 5)"
t pyopt compile old.db
head -c 6000 idle.db >cut.db
t pyopt compile cut.db
cp idle.db bad.db
dd if=/dev/zero of=bad.db bs=1 seek=4096 count=4096 conv=notrunc status=none
t pyopt compile bad.db
t ls ./*.pyob
