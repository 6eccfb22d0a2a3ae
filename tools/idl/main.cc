/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * capnpc-myelin: plug-in of Cap'n Proto's compiler that makes C and C++ for our messages.
 *
 *     capnp compile -o build/tools/capnpc-myelin:DIRECTORY idl/NAME.capnp...
 *
 * writes NAME.h, NAME.c, NAME.hpp and NAME.layout into DIRECTORY. docs/idl.md
 * says what schemas may contain, and what comes of it.
 */
#include "model.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <cstdio>
#include <fstream>
#include <iostream>

static void write(const std::string &name, const std::string &text)
{
    std::ofstream(name) << text;
}

int main()
{
    try {
        capnp::ReaderOptions options;
        options.traversalLimitInWords = 1ull << 30;
        capnp::StreamFdMessageReader message(0, options);
        idl::Model model(message.getRoot<capnp::schema::CodeGeneratorRequest>());
        for (auto &file : model.files) {
            write(file.name + ".layout", idl::layout_text(file));
            if (file.interfaces.empty() && file.records.empty() && file.enums.empty())
                continue; /* annotations only */
            write(file.name + ".h", idl::c_header(file));
            write(file.name + ".c", idl::c_source(file));
            write(file.name + ".hpp", idl::cxx_header(file));
        }
    } catch (const idl::Refusal &refusal) {
        std::cerr << refusal.what() << "\n";
        return 1;
    }
    return 0;
}
