# SPDX-License-Identifier: BSD-2-Clause
# Headers only: what the kernel, libraries and programs would each write again.
lib-base-src :=
