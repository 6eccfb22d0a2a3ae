# SPDX-License-Identifier: BSD-2-Clause
# For tests/system/sdk.t.
system-sdk-files := manifest
system-sdk-progs := sdk sdk-peer sdk-sample sdk-crash shelf
system-sdk-root  := init
