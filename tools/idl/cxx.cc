/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes NAME.hpp: a class for clients, and a base class for servers whose handlers are members of
 * the class derived from it. Both are the functions of NAME.h under other names: nothing of the
 * C++ library is needed, no exceptions, no heap.
 */
#include "c.h"

namespace idl
{

/* Names of results that are numbers: references in C++, pointers in C. */
static std::set<std::string> numbers(const Method &m)
{
    std::set<std::string> out;
    if (!m.out.is_named)
        for (auto &f : m.out.fields)
            out.insert(f.name);
    return out;
}

static std::string client_text(const Interface &i)
{
    std::string out = "struct " + i.name + "::Client : " + i.name +
                      " {\n    int connect(const char "
                      "*service)\n    {\n        return " +
                      i.name + "_connect(this, service);\n    }\n";
    for (auto &m : i.methods) {
        std::vector<Arg> args = client_args(m), pass = args;
        std::set<std::string> results = numbers(m);
        for (size_t n = 0; n < args.size(); n++)
            if (results.count(args[n].name)) {
                args[n].type.back() = '&';
                pass[n].name = "&" + pass[n].name;
            }
        pass.insert(pass.begin(), { "", "*this" });
        out += head("    int " + m.name, args) + " const\n    {\n        return " +
               stub_name(i, m) + "(" + named(pass) + ");\n    }\n";
        args.insert(args.begin(), { "uint64_t", "deadline_" });
        pass.insert(pass.begin() + 1, { "", "deadline_" });
        out += head("    int " + m.name + "_until", args) + " const\n    {\n        return " +
               stub_name(i, m) + "_until(" + named(pass) + ");\n    }\n";
    }
    return out + "};\n\n";
}

/* Numbers come back by reference: `uint64_t &sum` of a handler is `uint64_t *sum` in C. */
static std::string passed(const Method &m)
{
    std::string out;
    std::set<std::string> results = numbers(m);
    for (auto &a : handler_args(m))
        out += ", " + std::string(results.count(a.name) ? "*" : "") + a.name;
    return out;
}

static std::string server_text(const Interface &i)
{
    std::string table, thunks;

    for (auto &m : i.methods) {
        std::vector<Arg> args = handler_args(m);
        args.insert(args.begin(), { "struct call *", "c_" });
        thunks += head("    static int " + m.name + "_", args) +
                  "\n    {\n        return static_cast<Derived *>(c_->self)->" + m.name + "(*c_" +
                  passed(m) + ");\n    }\n";
        table += "        ops_." + m.name + " = &Server::" + m.name + "_;\n";
    }
    for (auto &b : i.bases)
        table += "        ops_." + b + " = " + b + "::Server<Derived>::ops();\n";
    return "/* struct Mine : " + i.name +
           "::Server<Mine> { int METHOD(Call &, ...); ... }; */\n"
           "template <class Derived> struct " +
           i.name +
           "::Server {\n"
           "    int serve()\n    {\n        struct call_server server_;\n"
           "        int e_ = call_server_open(&server_);\n        if (e_ == 0)\n"
           "            serve_on(server_);\n        return e_;\n    }\n"
           "    [[noreturn]] void serve_on(struct call_server &server_)\n    {\n"
           "        const struct " +
           i.name +
           "_ops ops_ = ops();\n        server_.self = static_cast<Derived *>(this);\n"
           "        " +
           i.name +
           "_serve_on(&server_, &ops_);\n    }\n"
           "    static struct " +
           i.name + "_ops ops()\n    {\n        struct " + i.name + "_ops ops_ = {};\n" + table +
           "        return ops_;\n    }\n\n  private:\n" + thunks + "};\n\n";
}

std::string cxx_header(const File &file)
{
    std::string out = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from idl/" +
                      file.name + ".capnp: change that. */\n#pragma once\n\n#include <idl/" +
                      file.name + ".h>\n";
    std::set<std::string> bases;
    for (auto &i : file.interfaces)
        bases.insert(i.base_files.begin(), i.base_files.end());
    bases.erase(file.name);
    for (auto &b : bases)
        out += "#include <idl/" + b + ".hpp>\n";
    out += "\nusing Call = struct call;\n\n";
    for (auto &i : file.interfaces)
        out += client_text(i) + server_text(i);
    return out;
}

} // namespace idl
