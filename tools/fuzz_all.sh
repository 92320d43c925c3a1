#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer for so many seconds under address and undefined-behaviour sanitizers: fuzz_all.sh SECONDS [BUILD]
# What a fuzzer finds is left in BUILD/found; a find fails the run. Results as JUnit in build-check/results/fuzz.xml when that folder is there.
set -eu
seconds=$1 build=${2:-build-fuzz}
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Dfuzz=true --buildtype=debugoptimized >/dev/null
ninja -C "$build" >/dev/null
mkdir -p "$build/found" "$build/grown"
bad=0 cases=
for live in "$build"/fuzz/fuzz_*_live; do
	[ -x "$live" ] || continue
	name=$(basename "$live" _live); name=${name#fuzz_}
	mkdir -p "$build/grown/$name"
	if "$live" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/found/$name-" "$build/grown/$name" "fuzz/corpus/$name" >"$build/found/$name.log" 2>&1; then
		echo "ok   $name: $(grep -a 'number_of_executed_units' "$build/found/$name.log" | tr -dc 0-9) inputs in $seconds s"
		cases="$cases<testcase classname=\"fuzz\" name=\"$name\"/>"
	else
		echo "BAD  $name: see $build/found/$name.log"; bad=1
		cases="$cases<testcase classname=\"fuzz\" name=\"$name\"><failure/></testcase>"
	fi
done
[ ! -d build-check/results ] || printf "<testsuite name='fuzz'>%s</testsuite>" "$cases" >build-check/results/fuzz.xml
exit $bad
