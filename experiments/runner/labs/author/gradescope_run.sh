#!/bin/sh
# Run for each submission. Without results.json, Gradescope says that the autograder has failed: so it
# is when something here went wrong (status 3), which must not count as a student's failure.
autograder=${AUTOGRADER:-/autograder}
cd "$autograder/source/iolab" || exit 3

sh ./iolab lab grade @LAB@ --submission "$autograder/submission" \
  --gradescope "$autograder/results/results.json"
status=$?
[ "$status" -le 1 ] && exit 0
exit "$status"
