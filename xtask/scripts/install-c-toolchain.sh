#!/bin/sh
# Installs what the example modifier in C is built with: clang, and lld, which brings wasm-ld.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not root on a Debian-like system: install clang and lld by hand" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends clang lld
