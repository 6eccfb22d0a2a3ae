#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when docs/programming.md does not work as it stands."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import follow     # noqa: E402

follow('docs/programming.md')
