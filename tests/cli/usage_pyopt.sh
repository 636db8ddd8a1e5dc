# The command line itself: commands, options, --version, --help.
t pyopt
t pyopt frobnicate
t pyopt compile
t pyopt compile a b
t pyopt compile -o
t pyopt compile --frob x
t pyopt compile -O 9 x.db
t pyopt compile --all x.py
t pyopt compile --all -o x.pyob
t pyopt explain
t pyopt explain a b c
t pyopt explain --json=yes a
t pyopt run
t pyopt run app.pyob
t pyopt run app.pyob --
t pyopt --version
t pyopt comp --version
t pyopt --help
