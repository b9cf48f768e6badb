#!/bin/sh
# Installs the engines that the end-to-end tests start, each in a temporary directory.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system: install docker, podman and containerd by hand" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# uidmap is for rootless podman; curl asks containerd's CRI plugin.
apt-get install -q -y --no-install-recommends docker.io podman containerd uidmap curl
# Rootless podman, and docker with a user namespace, take the ids of a user.
if ! [ -s /etc/subuid ]; then
    useradd --no-create-home --shell /usr/sbin/nologin gantry-test
fi
