/* SPDX-License-Identifier: BSD-2-Clause */
#include "c.h"

namespace idl
{

static std::string text_of(const Arg &a)
{
    return a.type + (a.type.back() == '*' || a.type.back() == '&' ? "" : " ") + a.name;
}

std::string declared(const std::vector<Arg> &args)
{
    std::string out;
    for (auto &a : args)
        out += (out.empty() ? "" : ", ") + text_of(a);
    return out;
}

std::string named(const std::vector<Arg> &args)
{
    std::string out;
    for (auto &a : args)
        out += (out.empty() ? "" : ", ") + a.name;
    return out;
}

std::string head(const std::string &before, const std::vector<Arg> &args)
{
    std::string out, line = before + "(", indent(line.size(), ' ');
    size_t n = 0;
    for (auto &a : args) {
        std::string text = text_of(a);
        text += ++n == args.size() ? "" : ",";
        if (line.size() + text.size() + 2 > 100 && line != indent) {
            out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
            line = indent;
        }
        line += text + (n == args.size() ? "" : " ");
    }
    return out + line + (args.empty() ? "void)" : ")");
}

std::string label(const Interface &i, const Method &m)
{
    char text[64];
    snprintf(text, sizeof text, "CALL_LABEL(0x%x, %u)", i.id, m.number);
    return text;
}

std::string stub_name(const Interface &i, const Method &m)
{
    return i.name + "_" + m.name;
}

std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values)
{
    for (auto &v : values)
        for (size_t at; (at = text.find("%" + v.first + "%")) != std::string::npos;)
            text.replace(at, v.first.size() + 2, v.second);
    return text;
}

/* ---- arguments ---- */

static void client_in(const Item &i, std::vector<Arg> &out)
{
    switch (i.kind) {
    case Kind::Text:
    case Kind::FixedText: out.push_back({ "const char *", i.name }); break;
    case Kind::Data:
        out.push_back({ "const void *", i.name });
        out.push_back({ "size_t", i.name + "_bytes" });
        break;
    case Kind::FixedData: out.push_back({ "const void *", i.name }); break;
    case Kind::List:
        out.push_back({ "const " + i.element.c_member() + " *", i.name });
        out.push_back({ "size_t", i.name + "_count" });
        break;
    case Kind::Structs:
        out.push_back({ "const struct " + i.record->name + " *", i.name });
        out.push_back({ "size_t", i.name + "_count" });
        break;
    case Kind::Struct: out.push_back({ "const struct " + i.record->name + " *", i.name }); break;
    case Kind::Handle: out.push_back({ "struct " + i.interface_name + "_handle", i.name }); break;
    default: out.push_back({ "struct " + i.interface_name, i.name }); break;
    }
}

static void client_out(const Item &i, std::vector<Arg> &out)
{
    switch (i.kind) {
    case Kind::Text:
        out.push_back({ "char *", i.name });
        out.push_back({ "size_t", i.name + "_room" });
        break;
    case Kind::FixedText: out.push_back({ "char *", i.name }); break;
    case Kind::FixedData: out.push_back({ "void *", i.name }); break;
    case Kind::Data:
        out.push_back({ "void *", i.name });
        out.push_back({ "size_t", i.name + "_room" });
        out.push_back({ "size_t *", i.name + "_bytes" });
        break;
    case Kind::List:
    case Kind::Structs:
        out.push_back({ i.kind == Kind::List ? i.element.c_member() + " *"
                                             : "struct " + i.record->name + " *",
                        i.name });
        out.push_back({ "size_t", i.name + "_room" });
        out.push_back({ "size_t *", i.name + "_count" });
        break;
    case Kind::Struct: out.push_back({ "struct " + i.record->name + " *", i.name }); break;
    case Kind::Handle: out.push_back({ "struct " + i.interface_name + "_handle *", i.name }); break;
    default: out.push_back({ "struct " + i.interface_name + " *", i.name }); break;
    }
}

static void handler_in(const Item &i, std::vector<Arg> &out)
{
    if (i.window != 0)
        out.push_back({ "const struct call_item *", i.name });
    else if (i.kind == Kind::Own)
        out.push_back({ "uint64_t", i.name });
    else if (i.kind == Kind::Foreign)
        out.push_back({ "seL4_CPtr", i.name });
    else
        client_in(i, out);
}

static void handler_out(const Item &i, std::vector<Arg> &out)
{
    switch (i.kind) {
    case Kind::Text:
    case Kind::Data:
    case Kind::List:
    case Kind::Structs: out.push_back({ "struct call_item *", i.name }); break;
    case Kind::Foreign: out.push_back({ "seL4_CPtr *", i.name }); break;
    default: client_out(i, out); break;
    }
}

static bool is_fixed(const Item &i)
{
    return i.kind == Kind::FixedText || i.kind == Kind::FixedData;
}

using ItemArgs = void (*)(const Item &, std::vector<Arg> &);

/* Fields and items in the order of the schema; those in a named struct are one argument. */
static void record_args(const Record &r, bool is_out, const std::string &name, ItemArgs item,
                        std::vector<Arg> &out)
{
    if (r.is_named) {
        if (r.words > 0 || r.fixed_bytes() > 0)
            out.push_back({ (is_out ? "struct " : "const struct ") + r.name + " *", name });
        for (auto &i : r.items)
            if (!is_fixed(i))
                item(i, out);
        return;
    }
    for (unsigned n = 0; n < r.fields.size() + r.items.size(); n++) {
        for (auto &f : r.fields)
            if (f.ordinal == n)
                out.push_back({ f.type.c_type() + (is_out ? " *" : ""), f.name });
        for (auto &i : r.items)
            if (i.ordinal == n)
                item(i, out);
    }
}

std::vector<Arg> client_args(const Method &m)
{
    std::vector<Arg> out;
    record_args(m.in, false, "in_", client_in, out);
    record_args(m.out, true, "out_", client_out, out);
    return out;
}

std::vector<Arg> handler_args(const Method &m)
{
    std::vector<Arg> out;
    record_args(m.in, false, "in_", handler_in, out);
    record_args(m.out, true, "out_", handler_out, out);
    return out;
}

static void answer_item(const Item &i, std::vector<Arg> &out)
{
    if (i.kind == Kind::Foreign)
        out.push_back({ "seL4_CPtr", i.name });
    else
        client_in(i, out);
}

std::vector<Arg> answer_args(const Method &m)
{
    std::vector<Arg> out;
    record_args(m.out, false, "out_", answer_item, out);
    return out;
}

} // namespace idl
