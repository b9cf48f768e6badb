#!/bin/sh
# Installs what the tests of container hooks make root file systems of: a whole Debian, and musl's loader.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system: install debootstrap and musl by hand" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends debootstrap musl
