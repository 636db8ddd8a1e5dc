#!/bin/sh
# Installs the Debian packages that building and testing need; does nothing when all are there.
# Without root and without sudo it prints the one command to run and fails.
set -eu

packages="gcc make binutils libc6-dev libsqlite3-dev libzstd-dev zlib1g-dev libunwind-dev libssl-dev libxxhash-dev
libjansson-dev check clang clang-format python3 python3-dev python3-dbg python3-venv pkg-config"

missing=
for p in $packages; do
    case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
    *' installed') ;;
    *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as=sudo
else
    echo "install_deps: run this once: sudo $install" >&2
    exit 1
fi
echo "install_deps: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as apt-get update -q >&2
# shellcheck disable=SC2086
$as $install >&2
