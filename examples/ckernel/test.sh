#!/bin/sh
# Checks the built kernel on small sizes, those around the usual block sizes among them.
set -eu
for size in 1 2 3 5 7 8 9 15 16 17 31 33 64 65 100 129; do
    ./check "$size"
done
