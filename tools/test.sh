#!/usr/bin/env bash
# Runs the unit tests of one variant, as many folders at a time as there are
# processors (JOBS). Usage: tools/test.sh VARIANT FOLDER... "make test" builds
# what this runs.
set -u
cd "$(dirname "$0")/.." || exit 2
. tools/stages.sh
variant=$1
shift
jobs=${JOBS:-$(nproc)}
stages_begin "build/$variant/test-output"
running=0
for folder; do
    if [ $((running += 1)) -gt "$jobs" ]; then
        wait -n
    fi
    stage "$folder" "build/$variant/test/$folder" &
done
wait
stages_end
