#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lays out one include directory a room in the build directory, so that a room sees only the headers of the rooms it may know:
#   inc/<room>/<room> -> src/.../<room>         the room's own headers
#   inc/<room>_door/<room>/<room>.h             for gate, keeper: only the door, for the rooms above
# Called by meson.build at configure time: rooms.sh SOURCE BUILD
set -eu
src=$1/src; inc=$2/inc
rm -rf "$inc"
for room in base codec fhir db ledger record hospital gate keeper http witness worker web/kit front job api web/pages cli; do
  name=$(basename "$room")
  mkdir -p "$inc/$name"
  ln -s "$src/$room" "$inc/$name/$name"
done
for name in gate keeper; do
  mkdir -p "$inc/${name}_door/$name"
  ln -s "$src/$name/$name.h" "$inc/${name}_door/$name/$name.h"
done
