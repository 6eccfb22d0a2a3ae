/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes NAME.h: types, stubs (those of plain methods inline), what a server fills in. */
#include "c.h"

#include <algorithm>

namespace idl
{

/* ---- structs: every bit of the data section has a name, so that all are set ---- */

/* Members of one byte that holds bools, from bit `bit` on. */
static std::string bools_text(const std::vector<const Field *> &fields, unsigned byte)
{
    std::string out;
    unsigned bit = 0;
    auto hole = [&](unsigned end) {
        if (end > bit)
            out += "    uint8_t hole_" + std::to_string(byte) + "_" + std::to_string(bit) +
                   "_ : " + std::to_string(end - bit) + ";\n";
    };
    for (auto f : fields) {
        hole(f->offset_bits % 8);
        out += "    bool " + f->name + " : 1;\n";
        bit = f->offset_bits % 8 + 1;
    }
    hole(8);
    return out;
}

/* The members outside of unions, holes included, up to `words`. */
static std::string members_text(std::vector<Field> fields, const std::vector<Union> &unions,
                                unsigned words)
{
    std::string out;
    unsigned at = 0; /* byte */

    for (auto &u : unions)
        fields.push_back({ u.name, { Number::Unsigned, 16, "" }, u.offset_bits, 0, -1, -1, 0 });
    std::sort(fields.begin(), fields.end(),
              [](const Field &a, const Field &b) { return a.offset_bits < b.offset_bits; });
    auto hole = [&](unsigned end) {
        if (end > at)
            out +=
                "    uint8_t hole_" + std::to_string(at) + "_[" + std::to_string(end - at) + "];\n";
        at = end;
    };
    for (size_t i = 0; i < fields.size();) {
        unsigned byte = fields[i].offset_bits / 8;
        hole(byte);
        if (fields[i].type.number != Number::Bool) {
            out += "    " + fields[i].type.c_member() + " " + fields[i].name + ";\n";
            at = byte + fields[i].type.bits / 8;
            i++;
            continue;
        }
        std::vector<const Field *> bools;
        while (i < fields.size() && fields[i].offset_bits / 8 == byte)
            bools.push_back(&fields[i++]);
        out += bools_text(bools, byte);
        at = byte + 1;
    }
    hole(8 * words);
    return out;
}

static std::string indented(const std::string &text)
{
    std::string out = text;
    for (size_t at = 0; at < out.size(); at = out.find('\n', at) + 1)
        out.insert(at, "        ");
    return out;
}

/* A struct of the data section's layout; fixed items of a named one lie behind it. */
static std::string struct_text(const Record &r)
{
    std::vector<Field> common;
    std::string members, fixed, asserts;

    for (auto &f : r.fields) {
        if (f.union_index < 0)
            common.push_back(f);
        if (f.type.number != Number::Bool)
            asserts += "CALL_ASSERT(offsetof(struct " + r.name + ", " + f.name +
                       ") == " + std::to_string(f.offset_bits / 8) + ");\n";
    }
    std::string plain = members_text(common, r.unions, r.words);
    if (r.unions.empty()) {
        members = plain;
    } else {
        members = "    union {\n        struct {\n" + indented(plain) + "        };\n";
        for (auto &f : r.fields) {
            if (f.union_index < 0)
                continue;
            std::string one = members_text({ f }, {}, 0), skip = f.name + "_before_";
            if (one.find("hole_0_[") != std::string::npos)
                one.replace(one.find("hole_0_["), 7, skip);
            for (size_t h; (h = one.find(" hole_")) != std::string::npos;)
                one.replace(h, 6, " " + f.name + "_bits_");
            members += "        struct {\n" + indented(one) + "        };\n";
        }
        members += "    };\n";
    }
    for (auto &i : r.items)
        if (r.is_named && (i.kind == Kind::FixedText || i.kind == Kind::FixedData)) {
            unsigned pad = (8 - i.max % 8) % 8;
            fixed += std::string("    ") + (i.kind == Kind::FixedText ? "char " : "uint8_t ") +
                     i.name + "[" + std::to_string(i.max) + "];\n";
            if (pad != 0)
                fixed += "    uint8_t " + i.name + "_pad_[" + std::to_string(pad) + "];\n";
        }
    return "struct " + r.name + " {\n" + members + fixed + "};\n" + "CALL_ASSERT(sizeof(struct " +
           r.name + ") == " + std::to_string(8 * r.words + r.fixed_bytes()) + ");\n" + asserts +
           "\n";
}

static std::string enum_text(const Enum &e)
{
    std::string out = "enum " + e.name + " {\n";
    for (size_t v = 0; v < e.values.size(); v++)
        out += "    " + upper(e.name + "_" + e.values[v]) + " = " + std::to_string(v) + ",\n";
    return out + "};\nenum { " + upper(e.name) + "_VALUES_ = " + std::to_string(e.values.size()) +
           " };\n\n";
}

static std::string unions_text(const Record &r)
{
    std::string out;
    for (auto &u : r.unions) {
        out += "enum " + r.name + "_" + u.name + " {\n";
        for (size_t m = 0; m < u.members.size(); m++)
            out += "    " + upper(r.name + "_" + u.members[m]) + " = " + std::to_string(m) + ",\n";
        out += "};\n\n";
    }
    return out;
}

/* ---- stubs ---- */

/* Values into the words that are sent; `from` as they are called. */
static std::string words_set(const Record &r, const std::string &to)
{
    std::string out;
    if (r.words == 0)
        return out;
    if (r.is_named)
        return "    __builtin_memcpy(" + to + ".word, in_, sizeof " + to + ".word);\n";
    if (!r.is_dense())
        for (unsigned i = 0; i < r.words; i++)
            out += "    " + to + ".word[" + std::to_string(i) + "] = 0;\n";
    for (auto &f : r.fields)
        out += "    " + to + ".value." + f.name + " = " +
               (f.type.number == Number::Enum ? "(uint16_t)" : "") + f.name + ";\n";
    return out;
}

static std::string words_get(const Record &r, const std::string &from)
{
    std::string out;
    if (r.words == 0)
        return out;
    if (r.is_named)
        return "    __builtin_memcpy(out_, " + from + ".word, sizeof " + from + ".word);\n";
    for (auto &f : r.fields)
        out += "    *" + f.name + " = " +
               (f.type.number == Number::Enum ? "(" + f.type.c_type() + ")" : "") + from +
               ".value." + f.name + ";\n";
    return out;
}

static std::string words_union(const Record &r, const std::string &name)
{
    if (r.words == 0)
        return "";
    return "    union {\n        struct " + r.name + " value;\n        uint64_t word[" +
           std::to_string(r.words) + "];\n    } " + name + ";\n";
}

static const char plain_stub[] = R"(static inline %head%
{
%message%%unions%    struct call_registers r_;

%set%    r_.info = CALL_INFO(%label% | CALL_COUNTS(%in%, 0), %in%);
%load%    call_enter(&r_, %in%, to_.cap, deadline_);
    if (__builtin_expect(r_.info != CALL_ANSWER(%out%, %out%), 0)) {
        const struct call_registers odd_ = r_;
%copies%        int e_ = call_rest(&odd_, to_.cap, deadline_, &%name%_method_, %sent%, NULL, %came%,
                           NULL);
        if (e_ != 0)
            return e_;
%take%    }%else%
%get%    return 0;
}

)";

/*
 * A stub that puts all there is into registers, and takes the usual answer from there and from the
 * words behind them.
 */
static std::string plain_text(const Interface &i, const Method &m, const std::string &head)
{
    std::string load, copies, take, other;
    auto n = [](unsigned x) { return std::to_string(x); };
    for (unsigned w = 0; w < m.in.words; w++)
        load += "    r_.word[" + n(w) + "] = sent_.word[" + n(w) + "];\n";
    if (m.in.words > 0) {
        copies += "        const uint64_t words_[" + n(m.in.words) + "] = {";
        for (unsigned w = 0; w < m.in.words; w++)
            copies += (w ? ", " : " ") + std::string("sent_.word[") + n(w) + "]";
        copies += " };\n";
    }
    if (m.out.words > 0)
        copies += "        uint64_t got_[" + n(m.out.words) + "];\n";
    for (unsigned w = 0; w < m.out.words; w++) {
        take += "        came_.word[" + n(w) + "] = got_[" + n(w) + "];\n";
        other += "        came_.word[" + n(w) + "] = " + (w < REGISTERS ? "r_.word[" : "msg_[") +
                 n(w) + "];\n";
    }
    return fill(plain_stub,
                { { "head", head },
                  { "message", m.out.words > REGISTERS
                                   ? "    const uint64_t *msg_ = seL4_GetIPCBuffer()->msg;\n"
                                   : "" },
                  { "unions", words_union(m.in, "sent_") + words_union(m.out, "came_") },
                  { "set", words_set(m.in, "sent_") },
                  { "label", label(i, m) },
                  { "in", n(m.in.words) },
                  { "out", n(m.out.words) },
                  { "load", load },
                  { "copies", copies },
                  { "name", stub_name(i, m) },
                  { "sent", m.in.words > 0 ? "words_" : "NULL" },
                  { "came", m.out.words > 0 ? "got_" : "NULL" },
                  { "take", take },
                  { "else", other.empty() ? "" : " else {\n" + other + "    }" },
                  { "get", words_get(m.out, "came_") } });
}

static std::string method_text(const Interface &i, const Method &m)
{
    std::string name = stub_name(i, m), out;
    std::vector<Arg> args = client_args(m), until = args;

    args.insert(args.begin(), { "struct " + i.name, "to_" });
    until.insert(until.begin(), { "uint64_t", "deadline_" });
    until.insert(until.begin(), { "struct " + i.name, "to_" });
    out += "extern const struct call_method " + name + "_method_;\n";
    for (auto r : { &m.in, &m.out })
        if (!r->is_named && r->words > 0)
            out += struct_text(*r);
    std::string full = head("int " + name + "_until", until);
    out += m.is_plain()      ? plain_text(i, m, full)
           : is_inline(i, m) ? "static CALL_INLINE " + stub_text(i, m)
                             : full + ";\n\n";
    std::vector<Arg> call = args;
    call.insert(call.begin() + 1, { "", "CALL_NEVER" });
    out += (!m.is_plain() && is_inline(i, m) ? "static CALL_INLINE " : "static inline ") +
           head("int " + name, args) + "\n{\n    return " + name + "_until(" + named(call) +
           ");\n}\n\n";
    return out;
}

static std::string ops_text(const Interface &i)
{
    std::string out = "struct " + i.name + "_ops {\n";
    for (auto &b : i.bases)
        out += "    struct " + b + "_ops " + b + ";\n";
    for (auto &m : i.methods) {
        std::vector<Arg> args = handler_args(m);
        args.insert(args.begin(), { "struct call *", "c_" });
        out += head("    int (*" + m.name + ")", args) + ";\n";
    }
    return out + "};\n\n";
}

static const char interface_start[] = R"(/* ---- %name% ---- */

#ifdef __cplusplus
extern "C++" {
#endif
/** A server of this interface, as a client holds it. */
struct %name% {
    seL4_CPtr cap;
#ifdef __cplusplus
    struct Client; /* %file%.hpp */
    template <class Derived> struct Server;
#endif
};
#ifdef __cplusplus
}
#endif
/** Something of such a server's that has a number in a session. */
struct %name%_handle {
    uint64_t number;
};
#define %NAME%_ID %id%

/** Whether a label is one of this interface or of what it is based on. */
static inline int %name%_has(uint64_t label)
{
    return (label >> 8 & 0xfff) == %id%%bases%;
}

/** The server `service` that the manifest lets us use. @return 0; ENOENT */
static inline int %name%_connect(struct %name% *to_, const char *service)
{
    return ipc_connect(service, &to_->cap);
}

)";

static const char interface_end[] = R"(/**
 * Serve one request that has been received into r_ and c_->buf; c_->badge and c_->reply are set.
 * @return 0: the answer is in r_; CALL_LATER: none now; CALL_UNKNOWN: no request of this interface
 */
int %name%_dispatch(struct call *c_, struct call_registers *r_, const struct %name%_ops *ops_);

/** Serve for ever: a server's own endpoint, and with what `server_` says. */
__attribute__((noreturn)) void %name%_serve_on(struct call_server *server_,
                                               const struct %name%_ops *ops_);

/** The same with what the process was given. @return only if that is not enough: EINVAL */
int %name%_serve(const struct %name%_ops *ops_);

)";

static std::string interface_text(const File &file, const Interface &i)
{
    char id[16];
    snprintf(id, sizeof id, "0x%x", i.id);
    std::vector<std::pair<std::string, std::string>> values = {
        { "name", i.name }, { "NAME", upper(i.name) }, { "id", id }, { "file", file.name }
    };
    std::string bases;
    for (auto &b : i.bases)
        bases += " || " + b + "_has(label)";
    values.push_back({ "bases", bases });
    std::string out = fill(interface_start, values);

    for (auto &b : i.bases)
        out += "static inline struct " + b + " " + i.name + "_as_" + b + "(struct " + i.name +
               " to_)\n{\n    struct " + b + " base_ = { to_.cap };\n\n    return base_;\n}\n\n";
    for (auto &m : i.methods)
        out += method_text(i, m);
    out += ops_text(i);
    for (auto &m : i.methods) {
        std::vector<Arg> args = answer_args(m);
        args.insert(args.begin(), { "struct call *", "later_" });
        out += head("int " + stub_name(i, m) + "_answer", args) + ";\n";
    }
    return out + fill(interface_end, values);
}

std::string c_header(const File &file)
{
    std::string out = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from idl/" +
                      file.name +
                      ".capnp: change that. docs/idl.md explains what is here. */\n"
                      "#pragma once\n\n#include <ipc/serve.h>\n";
    for (auto &f : file.includes)
        out += "#include <idl/" + f + ".h>\n";
    out += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    for (auto &c : file.constants)
        out += "#define " + upper(c.name) + " " + c.value + "\n";
    out += file.constants.empty() ? "" : "\n";
    for (auto &e : file.enums)
        out += enum_text(e);
    for (auto r : file.records)
        out += unions_text(*r) + (r->words + r->fixed_bytes() > 0 ? struct_text(*r) : "");
    for (auto &i : file.interfaces)
        out += interface_text(file, i);
    return out + "#ifdef __cplusplus\n}\n#endif\n";
}

} // namespace idl
