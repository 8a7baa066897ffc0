#!/bin/sh
# tools/image.sh: build tap-moco:tap and tap-moco:load with podman. Where their base cannot
# be pulled, one of the same name is made of Debian's packages, by mmdebstrap.
set -eu

python=$(sed -n 's/^ARG PYTHON=//p' Dockerfile)
base=docker.io/library/python:$python-slim

# The Debian that has this Python, with what the Dockerfile takes from its base.
make_base() {
    echo "Making a stand-in for $base of Debian's packages" >&2
    mmdebstrap --quiet --variant=essential \
        --include=ca-certificates,passwd,python3-pip,python3-venv \
        --customize-hook='ln -s ../../bin/python3 "$1/usr/local/bin/python"' \
        --customize-hook="chroot \"\$1\" python --version | grep -F 'Python $python.'" \
        trixie - |
        podman import --quiet --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' - "$base"
}

podman image exists "$base" || podman pull --quiet "$base" || make_base

# What pip needs to reach its index from here is lent to the build, and is in no image.
set --
for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
    [ ! -e "$file" ] || set -- "$@" --volume "$file:$file:ro"
done
for target in tap load; do
    podman build --isolation chroot --layers --pull=never "$@" \
        --target "$target" --tag "tap-moco:$target" .
done
