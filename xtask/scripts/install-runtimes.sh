#!/bin/sh
# Installs what the end-to-end tests and the demonstration run containers with.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system: install runc, crun and a static busybox by hand" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends runc crun busybox-static
