# SPDX-License-Identifier: BSD-2-Clause
# The programs of system/sdk.
progs += sdk sdk-peer sdk-sample sdk-crash
prog-sdk-kind := musl
prog-sdk-src  := sdk.c cap.c msg.c remote.c portal.c frame.cc sync.c shm.c channel.c \
                 hostile.c defined.cc
prog-sdk-libs := channel driver frame idl portal shm sync
prog-sdk-peer-kind := musl
prog-sdk-peer-src  := peer.c
prog-sdk-peer-libs := channel shm sync
prog-sdk-sample-kind := musl
prog-sdk-sample-src  := sample.cc
prog-sdk-sample-libs := idl
prog-sdk-crash-kind := musl
prog-sdk-crash-src  := crash.c
prog-sdk-crash-libs := portal
