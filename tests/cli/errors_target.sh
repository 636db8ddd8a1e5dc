# What can be wrong with the Python to compile for, and with the compiler.
echo 'def f(a, b): return a + b' >m.py
mkdir bin
say() { printf '#!/bin/sh\n%s\n' "$2" >bin/$1; chmod +x bin/$1; }
t pyopt compile --all -o m.pyob --python nosuchpython m.py
t pyopt compile --all -o m.pyob --python /bin/ls m.py
t pyopt compile --all -o m.pyob --python ./m.py m.py
say old 'printf "%s\n" pyopt-target cpython 3.8.1 50856432 x 0 /usr/include /usr/include'
t pyopt compile --all -o m.pyob --python bin/old m.py
say other 'printf "%s\n" pyopt-target pypy 3.11.2 50856432 x 0 /usr/include /usr/include'
t pyopt compile --all -o m.pyob --python bin/other m.py
say bare 'printf "%s\n" pyopt-target cpython 3.11.2 51053296 x 0 /nowhere /nowhere'
t pyopt compile --all -o m.pyob --python bin/bare m.py
say half 'printf "%s\n" pyopt-target cpython 3.11.2'
t pyopt compile --all -o m.pyob --python bin/half m.py
say chatty "echo hello; exec '$PYTHON' \"\$@\"" # a wrapper that prints is no obstacle
q pyopt compile --all -o chatty.pyob --python bin/chatty m.py

ln -s "$(command -v "$PYTHON")" bin/py
pyopt=$(command -v pyopt)
t env PATH="$PWD/bin" "$pyopt" compile --all -o m.pyob --python py m.py
t env CC=nosuchcc PATH="$PWD/bin" "$pyopt" compile --all -o m.pyob --python py m.py
t ls m.pyob
