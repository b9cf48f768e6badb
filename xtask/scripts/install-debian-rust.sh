#!/bin/sh
# Installs Debian's Rust compiler with the source of its library, from which the library is built for
# WebAssembly where rustup cannot add the target.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends rustc-web rust-web-src
