#!/bin/sh
# tools/venv.sh DIR EXTRAS: make the virtual environment DIR, unless it is there,
# and install this project into it, editable, with EXTRAS ("test", "sandbox,demo").
# tools/venv.sh DIR -r FILE: the same for an environment of what FILE lists.
# The only need is a Python from 3.10 to 3.13; PYTHON=... names one.
set -eu

dir=$1
extras=$2

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 14))' \
        >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "tap-moco needs Python 3.10 to 3.13;" \
        "${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>&1 | head -n 1)." \
        "Name another one: make PYTHON=/path/to/python3" >&2
    return 1
}

if ! fits "$dir/bin/python"; then
    python=$(find_python)
    echo "Making $dir with $("$python" --version)" >&2
    rm -rf "$dir"
    if ! "$python" -m venv "$dir"; then
        echo "$python cannot make a virtual environment;" \
            "on Debian and Ubuntu, install the package python3-venv" >&2
        exit 1
    fi
fi

if [ "$extras" = -r ]; then
    set -- -r "$3"
    echo "Installing what $2 lists into $dir, once" >&2
else
    set -- --editable ".[$extras]"
    echo "Installing tap-moco[$extras] into $dir, once; this takes about a minute" >&2
fi

# uv takes a tenth of the time, where it is here, and knows of an index.
if command -v uv >/dev/null && uv pip install --quiet --python "$dir/bin/python" "$@"; then
    exit
fi

# An editable install needs a pip that knows pyproject.toml alone (21.3).
if ! "$dir/bin/python" -c '
import sys, pip
sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (21, 3))'; then
    "$dir/bin/python" -m pip install --quiet --upgrade pip
fi
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
