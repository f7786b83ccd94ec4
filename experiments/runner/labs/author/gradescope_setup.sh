#!/bin/sh
# Run once, as root, when Gradescope builds the image: installs what is needed, and builds the tests.
set -e
export DEBIAN_FRONTEND=noninteractive
autograder=${AUTOGRADER:-/autograder}
cd "$autograder/source/iolab"

command -v python3 >/dev/null || { apt-get update; apt-get install -y --no-install-recommends python3; }

# Ubuntu 22.04, the newest that Gradescope offers, has too old a Python, CMake and compiler.
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  apt-get update
  apt-get install -y --no-install-recommends python3.11 python3-pip g++-12
  python3 -m pip install 'cmake>=3.25'
  ln -sf /usr/bin/g++-12 /usr/local/bin/c++
  ln -sf /usr/bin/g++-12 /usr/local/bin/g++
fi
IOLAB_PYTHON=$(command -v python3.11 || command -v python3)
export IOLAB_PYTHON
sh ./iolab lab list

# Grading the starter builds all that grading needs. That it does not pass is no error.
status=0
sh ./iolab lab grade @LAB@ --submission labs/@LAB@/source || status=$?
[ "$status" -le 1 ]
