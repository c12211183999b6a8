#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure and Makefile.in in a fresh clone. Afterwards: ./configure && make
set -e
cd "$(dirname "$0")"
exec autoreconf --force --install --warnings=all "$@"
