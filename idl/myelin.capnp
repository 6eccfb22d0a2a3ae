# SPDX-License-Identifier: BSD-2-Clause
#
# What a schema says about the wire beside its types. docs/idl.md explains each annotation.

@0xd0c1a4e5b7f30821;

annotation id @0xd1f0a3b2c4e50713 (interface) :UInt16;
# Number of the interface, 0x100 to 0xfff, unique in the tree: it is in the label of each request.

annotation max @0xe2a1b4c3d5f60825 (param, field) :UInt32;
# The most bytes of a Text or Data, or elements of a List, that travel in the message.

annotation window @0xf3b2c5d4e6a70937 (param, field) :Void;
# Text or Data of any length: in the message while it fits, else through a window. At most two in
# a method.

annotation fixed @0x84c3d6e5f7b81a49 (param, field) :UInt32;
# Text or Data of exactly so many bytes; of a Text the last one is zero.

annotation handle @0x95d4e7f6a8c92b5b (param, field) :Void;
# An interface-typed item: a number in this session.

annotation own @0xa6e5f8a7b9da3c6d (param, field) :Void;
# An interface-typed item: a capability of the server itself, which it sees as its badge.

annotation repeatable @0xb7f6a9b8caeb4d7f (method) :Void;
# May be asked again when the server died and was restarted: twice does the same as once.

annotation cancellable @0xc8a7bac9dbfc5e81 (method) :Void;
# Says who calls, and in which call, so that another may ask the server to give it up.

annotation often @0xd9b8cbdaec0d6f93 (method) :Void;
# Is to be found before the others of the interface by who serves it: says nothing of the wire.
