/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of a schema's messages as text: a line for each fact that the two sides must agree on.
 * A change is compatible if it only adds lines (tools/idl-layout compares).
 */
#include "model.h"

namespace idl
{

static std::string type_text(const Scalar &t)
{
    static const char *const name[] = { "bool", "int", "uint", "float", "" };
    if (t.number == Number::Enum)
        return "enum " + t.enum_name;
    std::string s = name[static_cast<int>(t.number)];
    return t.number == Number::Bool ? s : s + std::to_string(t.bits);
}

static std::string kind_text(const Item &i)
{
    auto n = [](unsigned x) { return std::to_string(x); };
    switch (i.kind) {
    case Kind::Text: return i.window ? "text window " + n(i.window) : "text max " + n(i.max);
    case Kind::Data: return i.window ? "data window " + n(i.window) : "data max " + n(i.max);
    case Kind::List: return "list of " + type_text(i.element) + " max " + n(i.max);
    case Kind::Structs: return "list of struct " + i.record->name + " max " + n(i.max);
    case Kind::Struct: return "struct " + i.record->name;
    case Kind::FixedText: return "text fixed " + n(i.max);
    case Kind::FixedData: return "data fixed " + n(i.max);
    case Kind::Handle: return "handle of " + i.interface_name;
    case Kind::Own: return "own " + i.interface_name;
    default: return "capability of " + i.interface_name;
    }
}

static std::string record_text(const std::string &name, const Record &r)
{
    std::string out;
    for (auto &f : r.fields) {
        out +=
            name + "." + f.name + " bit " + std::to_string(f.offset_bits) + " " + type_text(f.type);
        if (f.default_bits != 0)
            out += " default " + std::to_string(f.default_bits);
        if (f.union_index >= 0)
            out += " if " + r.unions[f.union_index].name + " " + std::to_string(f.union_member);
        out += "\n";
    }
    for (auto &u : r.unions)
        for (size_t m = 0; m < u.members.size(); m++)
            out += name + "." + u.name + " bit " + std::to_string(u.offset_bits) + " " +
                   std::to_string(m) + " " + u.members[m] + "\n";
    unsigned n = 0;
    for (auto &i : r.items)
        out += name + "." + i.name + " pointer " + std::to_string(n++) + " " + kind_text(i) + "\n";
    return out;
}

std::string layout_text(const File &file)
{
    std::string out;
    char id[16];

    for (auto &e : file.enums)
        for (size_t v = 0; v < e.values.size(); v++)
            out += "enum " + e.name + " " + std::to_string(v) + " " + e.values[v] + "\n";
    for (auto r : file.records)
        out += record_text("struct " + r->name, *r);
    for (auto &i : file.interfaces) {
        snprintf(id, sizeof id, "0x%x", i.id);
        out += "interface " + i.name + " " + id + "\n";
        for (auto &b : i.bases)
            out += "interface " + i.name + " extends " + b + "\n";
        for (auto &m : i.methods) {
            std::string name = i.name + "." + m.name;
            out += "method " + name + " " + std::to_string(m.number) + "\n";
            for (auto r : { &m.in, &m.out }) {
                std::string side = r == &m.in ? "in " : "out ";
                if (r->is_named)
                    out += side + name + " is struct " + r->name + "\n";
                else
                    out += record_text(side + name, *r);
            }
            out += "method " + name + " windows " + std::to_string(m.windows) + "\n";
        }
    }
    return out;
}

} // namespace idl
