# Every fault of a bundle has one line and its own status, for explain and for run.
patch() { # patch FILE OFFSET OCTAL-BYTES
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
echo 'def f(a, b): return a + b' >m.py
q pyopt compile --all --python "$PYTHON" -o good.pyob m.py

t pyopt explain nosuch.pyob
t pyopt run nosuch.pyob -- true
t pyopt explain .

echo 'not a bundle at all' >text.pyob
t pyopt explain text.pyob
t pyopt run text.pyob -- true
: >empty.pyob
t pyopt explain empty.pyob

cp good.pyob newer.pyob
patch newer.pyob 8 '\002'
t pyopt explain newer.pyob
t pyopt run newer.pyob -- true

for n in 10 100 1000; do
    head -c $n good.pyob >cut.pyob
    t pyopt explain cut.pyob
done
head -c -1 good.pyob >cut.pyob
t pyopt run cut.pyob -- true
(cat good.pyob; echo more) >long.pyob
t pyopt run long.pyob -- true

cp good.pyob flipped.pyob # in the manifest, then in the code, which lies last
patch flipped.pyob 300 '\377'
t pyopt explain flipped.pyob
t pyopt run flipped.pyob -- true
cp good.pyob flipped.pyob
patch flipped.pyob $(($(stat -c %s good.pyob) - 40)) '\377\377'
t pyopt run flipped.pyob -- true

t pyopt explain good.pyob nosuchfunction
t env XDG_CACHE_HOME=/proc/nowhere pyopt run good.pyob -- true
