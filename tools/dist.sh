#!/bin/sh
# Build what is released: dist/ has the wheel and the source distribution, and
# build/sbom.json lists all that the wheel installs (CycloneDX).
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1

rm -rf dist build/sbom.json
mkdir -p build
"$python" -m venv "$work/tools"
"$work/tools/bin/pip" install build 'cyclonedx-bom~=7.5'
"$work/tools/bin/python" -m build --outdir dist . >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}

# The environment has the wheel and what it needs, and not pip.
"$python" -m venv --without-pip "$work/installed"
"$work/tools/bin/pip" --python "$work/installed/bin/python" install dist/*.whl
"$work/tools/bin/cyclonedx-py" environment --pyproject pyproject.toml \
    --output-reproducible --output-file build/sbom.json "$work/installed/bin/python"
ls dist/* build/sbom.json
