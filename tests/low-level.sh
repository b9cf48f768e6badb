#!/bin/sh
# A low-level runtime that makes no container: it writes down its arguments, one after another with a NUL behind each.
for argument; do
    printf '%s\0' "$argument"
done > "${GANTRY_TEST_RECORD:?}"
