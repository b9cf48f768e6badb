#!/bin/sh
# Builds the component, OUT/acme-count.wasm (OUT: `build`). Needs clang with its linker for wasm (Debian:
# clang and lld), wit-bindgen and wasm-tools.
#
# Where tools are elsewhere: CLANG, LINKER. BINDINGS is a folder with bindings that are already made;
# with CORE_ONLY=1 the core module, OUT/core/acme-count.wasm, is the end.
set -eu
cd "$(dirname "$0")"
wit=${WIT:-../../wit/v0.1}
out=${OUT:-build}
bindings=${BINDINGS:-$out/bindings}
mkdir -p "$out/core"

# The contract as C: modifier.h, modifier.c, and an object file with its types.
if [ -z "${BINDINGS:-}" ]; then
    wit-bindgen c "$wit" --world modifier --out-dir "$bindings"
fi

# No WASI and no C library: the bare target.
compiler() {
    "${CLANG:-clang}" --target=wasm32-unknown-unknown "$@"
}
compile() {
    name=$1
    source=$2
    shift 2
    compiler -std=c11 -Os -mbulk-memory -ffreestanding -nostdlibinc -isystem include -I "$bindings" \
        -I src -ffunction-sections -fdata-sections "$@" -c "$source" -o "$out/$name.o"
}
for name in stage settings text libc; do
    compile "$name" "src/$name.c" -Wall -Wextra -Werror
done
compile modifier "$bindings/modifier.c"
compiler -c src/metadata.s -o "$out/metadata.o"

# What is not called is left out, so the component imports only what its code uses. The stack comes
# first in memory, so that an overflow is a trap.
compiler ${LINKER:+"-fuse-ld=$LINKER"} -nostdlib \
    -Wl,--no-entry,--gc-sections,--strip-all,--stack-first,-z,stack-size=32768 \
    "$out/stage.o" "$out/settings.o" "$out/text.o" "$out/libc.o" "$out/modifier.o" "$out/metadata.o" \
    "$bindings/modifier_component_type.o" -o "$out/core/acme-count.wasm"

if [ -z "${CORE_ONLY:-}" ]; then
    wasm-tools component new "$out/core/acme-count.wasm" -o "$out/acme-count.wasm"
fi
