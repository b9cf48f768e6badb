#!/bin/sh
# Installs the engines that the end-to-end tests start, each in a temporary directory.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system: install docker, podman and containerd by hand" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends docker.io podman containerd
