/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes NAME.c: tables of methods, stubs of those that are not plain, dispatch. */
#include "c.h"

namespace idl
{

static std::string hex(uint64_t x)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(x));
    return text;
}

static std::string words_text(const std::vector<uint64_t> &words)
{
    std::string out;
    for (auto w : words)
        out += (out.empty() ? " " : ", ") + hex(w);
    return "{" + out + " }";
}

/* ---- what the runtime has to know ---- */

/* A function that says whether enums and unions have values of the schema's. */
static std::string check_text(const Record &r)
{
    std::string out = "static bool " + r.name +
                      "_is_known_(const uint64_t *word)\n{\n    const struct " + r.name +
                      " *v = (const struct " + r.name + " *)word;\n\n";
    for (auto &f : r.fields)
        if (f.type.number == Number::Enum)
            out += "    if (" +
                   (f.union_index < 0 ? ""
                                      : "v->" + r.unions[f.union_index].name +
                                            " == " + std::to_string(f.union_member) + " && ") +
                   "v->" + f.name + " >= " + upper(f.type.enum_name) +
                   "_VALUES_)\n"
                   "        return false;\n";
    for (size_t u = 0; u < r.unions.size(); u++) {
        std::vector<uint64_t> all(r.words);
        std::vector<std::vector<uint64_t>> of(r.unions[u].members.size(), all);
        for (auto &f : r.fields)
            if (f.union_index == static_cast<int>(u)) {
                uint64_t bits = f.type.bits == 64 ? ~0ull : (1ull << f.type.bits) - 1;
                all[f.offset_bits / 64] |= bits << f.offset_bits % 64;
                of[f.union_member][f.offset_bits / 64] |= bits << f.offset_bits % 64;
            }
        out += "    switch (v->" + r.unions[u].name + ") {\n";
        for (size_t m = 0; m < of.size(); m++) {
            out += "    case " + std::to_string(m) + ":\n";
            for (unsigned w = 0; w < r.words; w++)
                if ((all[w] & ~of[m][w]) != 0)
                    out += "        if ((word[" + std::to_string(w) + "] & " +
                           hex(all[w] & ~of[m][w]) + ") != 0)\n            return false;\n";
            out += "        break;\n";
        }
        out += "    default: return false;\n    }\n";
    }
    return out + "    return true;\n}\n\n";
}

static std::string record_value(const Record &r)
{
    if (r.words == 0)
        return "{ 0, NULL, NULL, NULL }";
    return "{ " + std::to_string(r.words) + ", " + (r.is_dense() ? "NULL" : r.name + "_known_") +
           ", " + (r.has_defaults() ? r.name + "_defaults_" : "NULL") + ", " +
           (r.has_checks() ? r.name + "_is_known_" : "NULL") + " }";
}

static std::string record_parts(const Record &r)
{
    std::string out, n = "[" + std::to_string(r.words) + "] = ";
    if (r.words == 0)
        return out;
    if (!r.is_dense())
        out += "static const uint64_t " + r.name + "_known_" + n + words_text(r.known()) + ";\n";
    if (r.has_defaults())
        out +=
            "static const uint64_t " + r.name + "_defaults_" + n + words_text(r.defaults()) + ";\n";
    return out + (r.has_checks() ? check_text(r) : "");
}

static std::string item_shape(const Item &i)
{
    static const char *const kinds[] = {
        "TEXT",       "DATA",       "LIST",   "STRUCTS", "STRUCT",
        "FIXED_TEXT", "FIXED_DATA", "HANDLE", "OWN",     "FOREIGN"
    };
    return std::string("    { CALL_") + kinds[static_cast<int>(i.kind)] + ", " +
           std::to_string(i.window) + ", " + std::to_string(i.element_bytes()) + ", " +
           std::to_string(i.window != 0 ? i.inline_bytes : i.max) + ", " +
           (i.record != nullptr ? "&" + i.record->name + "_record_" : "NULL") + " },\n";
}

static std::string message_value(const std::string &name, const Record &r)
{
    return "{ " + record_value(r) + ", " + std::to_string(r.items.size()) + ", " +
           (r.items.empty() ? "NULL" : name + "_items_") + " }";
}

static std::string method_tables(const Interface &i, const Method &m, std::set<std::string> &done)
{
    std::string out, name = stub_name(i, m);
    auto flag = [](bool b) { return b ? "true" : "false"; };

    for (auto r : { &m.in, &m.out }) {
        for (auto &item : r->items)
            if (item.record != nullptr && done.insert(item.record->name + " record").second) {
                if (done.insert(item.record->name).second)
                    out += record_parts(*item.record);
                out += "static const struct call_record " + item.record->name +
                       "_record_ = " + record_value(*item.record) + ";\n";
            }
        if (done.insert(r->name).second)
            out += record_parts(*r);
        if (!r->items.empty()) {
            out += "static const struct call_item_shape " + name + (r == &m.in ? "_in" : "_out") +
                   "_items_[] = {\n";
            for (auto &item : r->items)
                out += item_shape(item);
            out += "};\n";
        }
    }
    return out + "const struct call_method " + name + "_method_ = {\n    " + label(i, m) + ", " +
           std::to_string(m.windows) + ", " + flag(m.is_repeatable) + ", " +
           flag(m.is_cancellable) + ", " + flag(m.has_capacity()) + ",\n    " +
           message_value(name + "_in", m.in) + ",\n    " + message_value(name + "_out", m.out) +
           ",\n};\n\n";
}

/* ---- values and items ---- */

static bool is_fixed(const Item &i)
{
    return i.kind == Kind::FixedText || i.kind == Kind::FixedData;
}

/* What an item of a stub's, or of a later answer, is made of. */
static std::string item_in(const Record &r, const Item &i, const std::string &group)
{
    std::string data = r.is_named && is_fixed(i) ? group + "->" + i.name : i.name;
    auto value = [](const std::string &d, const std::string &n) {
        return "{ (void *)(uintptr_t)" + d + ", " + n + ", 0, 0 }";
    };
    switch (i.kind) {
    case Kind::Text: return value(data, "__builtin_strlen(" + i.name + ")");
    case Kind::FixedText:
    case Kind::FixedData: return value(data, std::to_string(i.max));
    case Kind::Data: return value(data, i.name + "_bytes");
    case Kind::List:
    case Kind::Structs: return value(data, i.name + "_count");
    case Kind::Struct: return value(data, "1");
    case Kind::Handle: return "{ NULL, " + i.name + ".number, 0, 0 }";
    default: return "{ NULL, " + i.name + ".cap, 0, 0 }";
    }
}

static std::string item_out(const Record &r, const Item &i)
{
    std::string data = r.is_named && is_fixed(i) ? "out_->" + i.name : i.name;
    switch (i.kind) {
    case Kind::Text:
    case Kind::Data:
    case Kind::List:
    case Kind::Structs: return "{ " + data + ", 0, " + i.name + "_room, 0 }";
    case Kind::Handle: return "{ NULL, 0, 0, 0 }";
    case Kind::Foreign: return "{ NULL, 0, " + i.name + "->cap, 0 }";
    default: return "{ " + data + ", 0, 1, 0 }";
    }
}

/* What a stub's caller is told of an item besides its bytes. */
static std::string item_told(const Item &i, const std::string &from)
{
    switch (i.kind) {
    case Kind::Data: return "    *" + i.name + "_bytes = " + from + ".count;\n";
    case Kind::List:
    case Kind::Structs: return "    *" + i.name + "_count = " + from + ".count;\n";
    case Kind::Handle: return "    " + i.name + "->number = " + from + ".count;\n";
    default: return "";
    }
}

static std::string array_of(const std::string &name, const std::vector<std::string> &values)
{
    std::string out;
    if (values.empty())
        return out;
    for (auto &v : values)
        out += "        " + v + ",\n";
    return "    struct call_item " + name + "[] = {\n" + out + "    };\n";
}

static std::string words_union(const Record &r, const std::string &name)
{
    enum { BY_WORD_MAX = 16 }; /* a store each: a string instruction takes longer to begin */
    unsigned words = r.words + r.fixed_bytes() / 8;
    if (words == 0)
        return "";
    std::string out = "    union {\n        struct " + r.name + " value;\n        uint64_t word[" +
                      std::to_string(words) + "];\n    } " + name;
    if (words > BY_WORD_MAX)
        return out + " = { .word = { 0 } };\n";
    out += ";\n";
    for (unsigned w = 0; w < words; w++)
        out += "    " + name + ".word[" + std::to_string(w) + "] = 0;\n";
    return out;
}

static std::string fields_set(const Record &r, const std::string &to)
{
    std::string out;
    if (!r.is_named)
        for (auto &f : r.fields)
            out += "    " + to + ".value." + f.name + " = " +
                   (f.type.number == Number::Enum ? "(uint16_t)" : "") + f.name + ";\n";
    return out;
}

/* ---- stubs ---- */

std::string results_get(const Record &r)
{
    std::string get;
    if (!r.is_named)
        for (auto &f : r.fields)
            get += "    *" + f.name + " = " +
                   (f.type.number == Number::Enum ? "(" + f.type.c_type() + ")" : "") +
                   "came_.value." + f.name + ";\n";
    return get;
}

/*
 * So many that are coded without tables are inline, in dispatch and in who calls their stubs, and
 * so many plain ones are looked for before any other: those that come first in the schema, or, if
 * some are $often, these.
 */
enum { INLINE_MAX = 2, EXACT_MAX = 4 };

static std::set<const Method *> first_of(const Interface &i, bool (Method::*is)() const,
                                         unsigned most)
{
    std::set<const Method *> often, first;
    for (auto &m : i.methods)
        if ((m.*is)() && m.is_often)
            often.insert(&m);
        else if ((m.*is)() && first.size() < most)
            first.insert(&m);
    return often.empty() ? first : often;
}

bool is_inline(const Interface &i, const Method &m)
{
    return first_of(i, &Method::is_direct, INLINE_MAX).count(&m) > 0;
}

std::string stub_text(const Interface &i, const Method &m)
{
    std::string name = stub_name(i, m), sent = "NULL", came = "NULL", told, get;
    std::vector<std::string> in_items, out_items;
    std::vector<Arg> until = client_args(m);

    until.insert(until.begin(), { "uint64_t", "deadline_" });
    until.insert(until.begin(), { "struct " + i.name, "to_" });
    for (auto &item : m.in.items)
        in_items.push_back(item_in(m.in, item, "in_"));
    unsigned n = 0;
    for (auto &item : m.out.items) {
        out_items.push_back(item_out(m.out, item));
        told += item_told(item, "results_[" + std::to_string(n++) + "]");
    }
    if (m.in.words > 0)
        sent = m.in.is_named ? "(const uint64_t *)in_" : "sent_.word";
    if (m.out.words > 0)
        came = m.out.is_named ? "(uint64_t *)out_" : "came_.word";
    std::string whole = head("int " + name + "_until", until), out = whole + "\n{\n";
    std::string unions = m.out.is_named ? "" : words_union(m.out, "came_");
    std::string items = array_of("items_", in_items) + array_of("results_", out_items);
    get = results_get(m.out);
    if (m.is_direct()) {
        std::string set = "    __builtin_memcpy(sent_.word, in_, sizeof sent_.word);\n";
        if (!m.in.is_named || m.in.words == 0)
            set = fields_set(m.in, "sent_");
        if (by_words(m.in))
            sent = "sent_", set = "";
        else
            sent = "sent_.word", unions = words_union(m.in, "sent_") + unions;
        if (by_words(m.out)) {
            came = "came_", get = "";
            unions = by_words(m.in) ? "" : words_union(m.in, "sent_");
            for (auto &f : m.out.fields)
                get += "    *" + f.name + " = " +
                       field_taken(f, "came_[" + std::to_string(f.offset_bits / 64) + "]") + ";\n";
        }
        return direct_stub(i, m,
                           { whole, unions, "\n" + set, items, m.in.words > 0 ? sent : "NULL",
                             m.out.words > 0 ? came : "NULL", get + told });
    }
    out += (m.in.is_named ? "" : words_union(m.in, "sent_")) + unions + items;
    out += "\n" + (m.in.is_named ? "" : fields_set(m.in, "sent_"));
    out += "    int e_ = call_request(to_.cap, deadline_, &" + name + "_method_, " + sent +
           ",\n                          " + (in_items.empty() ? "NULL" : "items_") + ", " + came +
           ", " + (out_items.empty() ? "NULL" : "results_") + ");\n";
    return out + "    if (e_ != 0)\n        return e_;\n" + get + told + "    return 0;\n}\n\n";
}

/* ---- the server's side ---- */

static std::string handler_value_in(const Record &r, const Item &i, unsigned n)
{
    std::string item = "items_[" + std::to_string(n) + "]";
    if (i.window != 0)
        return "&" + item;
    switch (i.kind) {
    case Kind::Data:
    case Kind::List:
    case Kind::Structs: return item + ".data, " + item + ".count";
    case Kind::Handle: return "(struct " + i.interface_name + "_handle){ " + item + ".count }";
    case Kind::Own:
    case Kind::Foreign: return item + ".count";
    default: (void)r; return item + ".data";
    }
}

/* Where a direct request's numbers are in dispatch: the words lie as c_direct.cc says. */
static std::string number_in(const Method &m, const Field &f)
{
    unsigned place = f.offset_bits / 64, registers = 4 - 2 * m.windows;
    place += place < registers ? 0 : 2 * m.windows;
    return field_taken(f, (place < 4 ? "r_->word[" : "msg_[") + std::to_string(place) + "]");
}

/* The handler's arguments behind struct call; `direct`: numbers are taken out of the words. */
static std::string handler_call(const Method &m, bool direct = false)
{
    std::string out = "c_";
    auto add = [&](const std::string &text) { out += ", " + text; };
    for (auto r : { &m.in, &m.out }) {
        bool is_in = r == &m.in;
        std::string values = is_in ? "sent_" : "came_";
        auto item = [&](unsigned n) {
            const Item &i = r->items[n];
            std::string result = "results_[" + std::to_string(n) + "]";
            if (is_in)
                add(handler_value_in(*r, i, n));
            else if (i.kind == Kind::Handle || i.kind == Kind::Foreign || i.kind == Kind::Struct)
                add("&" + i.name);
            else
                add(is_fixed(i) ? i.name : "&" + result);
        };
        if (r->is_named) {
            if (r->words + r->fixed_bytes() > 0)
                add("&" + values + ".value");
            for (unsigned n = 0; n < r->items.size(); n++)
                if (!is_fixed(r->items[n]))
                    item(n);
            continue;
        }
        for (unsigned o = 0; o < r->fields.size() + r->items.size(); o++) {
            for (auto &f : r->fields)
                if (f.ordinal == o)
                    add(is_in && direct && by_words(m.in) ? number_in(m, f)
                        : is_in
                            ? (f.type.number == Number::Enum ? "(" + f.type.c_type() + ")" : "") +
                                  "sent_.value." + f.name
                            : "&" + f.name);
            for (unsigned n = 0; n < r->items.size(); n++)
                if (r->items[n].ordinal == o)
                    item(n);
        }
    }
    return out;
}

/* Variables that results of the handler's go into, each set to zero. */
static std::string result_variables(const Record &r)
{
    std::string out;
    if (!r.is_named)
        for (auto &f : r.fields)
            out += "    " + f.type.c_type() + " " + f.name + " = (" + f.type.c_type() + ")0;\n";
    for (auto &i : r.items) {
        std::string words = std::to_string(std::max(1u, i.tail_words()));
        switch (i.kind) {
        case Kind::Handle:
            out += "    struct " + i.interface_name + "_handle " + i.name + " = { 0 };\n";
            break;
        case Kind::Foreign: out += "    seL4_CPtr " + i.name + " = 0;\n"; break;
        case Kind::Struct:
            out += "    struct " + i.record->name + " " + i.name + ";\n" +
                   "    __builtin_memset(&" + i.name + ", 0, sizeof " + i.name + ");\n";
            break;
        case Kind::FixedText:
        case Kind::FixedData:
            if (!r.is_named)
                out += std::string("    ") + (i.kind == Kind::FixedText ? "char " : "uint8_t ") +
                       i.name + "[" + std::to_string(i.max) + "] = { 0 };\n";
            break;
        default: out += "    uint64_t " + i.name + "_[" + words + "];\n"; break;
        }
    }
    return out;
}

static std::string result_buffers(const Record &r)
{
    std::string out;
    for (auto &i : r.items) {
        std::string one = i.name + "_";
        if (i.kind == Kind::Handle || i.kind == Kind::Foreign)
            one = "NULL";
        else if (i.kind == Kind::Struct)
            one = "&" + i.name;
        else if (is_fixed(i))
            one = r.is_named ? "came_.value." + i.name : i.name;
        out += (out.empty() ? "" : ", ") + one;
    }
    return out.empty() ? "" : "    void *const buffers_[] = { " + out + " };\n";
}

/* Words for lists of structs that have to be copied. */
static unsigned scratch_words(const Record &r)
{
    unsigned words = 0;
    for (auto &i : r.items)
        if (i.kind == Kind::Structs || i.kind == Kind::Struct)
            words += i.max * i.record->words;
    return words;
}

static const char items_handler[] =
    R"(static %cold%int %name%%odd%_serve_(struct call *c_, struct call_registers *r_,
    const struct %interface%_ops *ops_)
{
%variables%
    int e_ = call_take(c_, r_, &%name%_method_, %sent%, %items%, %scratch%);
    if (e_ == 0 && ops_->%method% == NULL)
        e_ = ENOSYS;
    if (e_ == 0) {
%before%        e_ = ops_->%method%(%call%);
%behind%    }
%end%    return call_give(c_, r_, e_, %came%, %results%);
}

)";

/* Before it, what serves odd requests in the same way as all that are not direct. */
static std::string direct_text(const Interface &i, const Method &m, bool is_inline)
{
    std::string variables = by_words(m.in) ? "" : words_union(m.in, "sent_"), set;

    if (!by_words(m.out)) {
        variables += words_union(m.out, "came_");
        set = fields_set(m.out, "came_");
    }
    if (!m.in.items.empty())
        variables += "    struct call_item items_[1];\n";
    if (!m.out.items.empty())
        variables += "    struct call_item results_[1];\n";
    variables += result_variables(m.out) + result_buffers(m.out);
    return direct_handler(i, m, { variables, handler_call(m, true), set, is_inline });
}

static std::string items_text(const Interface &i, const Method &m, bool is_inline)
{
    std::string variables = words_union(m.in, "sent_") + words_union(m.out, "came_"), before,
                behind, end;
    auto n = [](size_t x) { return std::to_string(x); };
    unsigned scratch = scratch_words(m.in);

    if (!m.in.items.empty())
        variables += "    struct call_item items_[" + n(m.in.items.size()) + "];\n";
    if (!m.out.items.empty())
        variables += "    struct call_item results_[" + n(m.out.items.size()) + "];\n";
    if (scratch > 0)
        variables += "    uint64_t scratch_[" + n(scratch) + "];\n";
    variables += result_variables(m.out) + result_buffers(m.out);
    for (unsigned k = 0; k < m.in.items.size(); k++)
        if (m.in.is_named && is_fixed(m.in.items[k]))
            before += "        __builtin_memcpy(sent_.value." + m.in.items[k].name + ", items_[" +
                      n(k) + "].data, " + n(m.in.items[k].max) + ");\n";
    if (!m.out.items.empty())
        before +=
            "        call_results(c_, &" + stub_name(i, m) + "_method_, results_, buffers_);\n";
    for (unsigned k = 0; k < m.out.items.size(); k++) {
        auto &item = m.out.items[k];
        if (item.kind == Kind::Handle || item.kind == Kind::Foreign)
            behind += "        results_[" + n(k) + "].count = " + item.name +
                      (item.kind == Kind::Handle ? ".number;\n" : ";\n");
    }
    for (auto &item : m.in.items)
        if (item.kind == Kind::Foreign)
            end = "    call_received_delete(c_);\n";
    std::string set = fields_set(m.out, "came_"), direct;
    if (m.is_direct())
        direct = direct_text(i, m, is_inline);
    for (size_t at = 0; at < set.size(); at = set.find('\n', at) + 1)
        set.insert(at, "    ");
    return fill(items_handler,
                { { "name", stub_name(i, m) },
                  { "cold", m.is_direct() ? "__attribute__((noinline, cold)) " : "" },
                  { "odd", m.is_direct() ? "_odd" : "" },
                  { "interface", i.name },
                  { "method", m.name },
                  { "variables", variables },
                  { "sent", m.in.words > 0 ? "sent_.word" : "NULL" },
                  { "items", m.in.items.empty() ? "NULL" : "items_" },
                  { "scratch", scratch > 0 ? "scratch_" : "NULL" },
                  { "before", before },
                  { "call", handler_call(m) },
                  { "behind", set + behind },
                  { "end", end },
                  { "came", m.out.words > 0 ? "came_.word" : "NULL" },
                  { "results", m.out.items.empty() ? "NULL" : "results_" } }) +
           direct;
}

/* The message info of a plain request as this side's stubs make it. */
static std::string plain_info(const Interface &i, const Method &m)
{
    std::string words = std::to_string(m.in.words);
    return "CALL_INFO(" + label(i, m) + " | CALL_COUNTS(" + words + ", 0), " + words + ")";
}

static const char plain_handler[] =
    R"(static CALL_INLINE int %name%_serve_(struct call *c_, struct call_registers *r_,
    const struct %interface%_ops *ops_)
{
%message%%variables%    int e_ = 0;

    if (__builtin_expect(r_->info == CALL_INFO(%label% | CALL_COUNTS(%in%, 0), %in%), 1)) {
%take%    } else {
        const struct call_registers odd_ = *r_;
%copies%        e_ = call_take(c_, &odd_, &%name%_method_, %sent%, NULL, NULL);
%uncopies%    }
%locals%    if (__builtin_expect(e_ == 0, 1))
        e_ = ops_->%method% == NULL ? ENOSYS : ops_->%method%(%call%);
    if (__builtin_expect(e_ != 0, 0)) {
        CALL_ANY(r_->word[0]);
        CALL_ANY(r_->word[1]);
        CALL_ANY(r_->word[2]);
        CALL_ANY(r_->word[3]);
        return call_refuse(r_, e_);
    }
%set%    r_->info = CALL_ANSWER(%out%, %out%);
%put%    return 0;
}

)";

/* The results are made where the answer is sent from. */
static std::string words_in_place(const Record &r)
{
    std::string out = words_union(r, "*came_");
    out.replace(out.find(";\n", out.find("*came_")), 2, " = (void *)msg_;\n");
    for (size_t at; (at = out.find("*came_.word")) != std::string::npos;)
        out.replace(at, 7, "came_->");
    return out;
}

static std::string plain_text(const Interface &i, const Method &m)
{
    std::string take, copies, uncopies, put, locals = result_variables(m.out);
    auto n = [](size_t x) { return std::to_string(x); };
    std::vector<uint64_t> known = m.in.known();
    bool has_union = m.in.words > 0, in_place = m.out.is_named && m.out.words > REGISTERS;
    std::string variables = words_union(m.in, "sent_") +
                            (in_place ? words_in_place(m.out) : words_union(m.out, "came_"));
    std::string call = handler_call(m), came = in_place ? "came_->" : "came_.";
    if (in_place)
        call.replace(call.find("&came_."), 7, "&came_->");

    for (unsigned w = 0; w < m.in.words; w++) {
        take += "        sent_.word[" + n(w) + "] = r_->word[" + n(w) + "];\n";
        uncopies += "        sent_.word[" + n(w) + "] = got_[" + n(w) + "];\n";
    }
    for (unsigned w = 0; w < m.in.words; w++)
        if (known[w] != ~0ull)
            take += "        if ((sent_.word[" + n(w) + "] & ~" + hex(known[w]) + ") != 0)\n" +
                    "            e_ = E2BIG;\n";
    if (m.in.has_checks())
        take += "        if (e_ == 0 && !" + m.in.name +
                "_is_known_(sent_.word))\n            e_ = EINVAL;\n";
    if (has_union)
        copies = "        uint64_t got_[" + n(m.in.words) + "] = { 0 };\n";
    for (unsigned w = 0; w < m.out.words; w++)
        if (w < REGISTERS || !in_place)
            put += (w < REGISTERS ? "    r_->word[" : "    msg_[") + n(w) + "] = " + came +
                   "word[" + n(w) + "];\n";
    for (unsigned w = m.out.words; w < REGISTERS; w++)
        put += "    CALL_ANY(r_->word[" + n(w) + "]);\n";
    return fill(
        plain_handler,
        { { "name", stub_name(i, m) },
          { "interface", i.name },
          { "method", m.name },
          { "label", label(i, m) },
          { "in", n(m.in.words) },
          { "out", n(m.out.words) },
          { "message", m.out.words > REGISTERS ? "    uint64_t *msg_ = c_->buf->msg;\n" : "" },
          { "variables", variables },
          { "take", take },
          { "copies", copies },
          { "sent", has_union ? "got_" : "NULL" },
          { "uncopies", uncopies },
          { "locals", locals },
          { "call", call },
          { "set", fields_set(m.out, "came_") },
          { "put", put } });
}

enum { SMALL = 24 }; /* CALL_SMALL of <ipc/serve.h> */

static const char small_answer[] =
    R"(    if (%item%_bytes <= CALL_SMALL && %item%_bytes <= later_->window_bytes[%w%] &&
        %item% != NULL)
        return call_later_small(later_, %item%, %item%_bytes);
)";

static std::string answer_text(const Interface &i, const Method &m)
{
    std::vector<Arg> args = answer_args(m);
    std::vector<std::string> items;
    std::string data = "NULL", out;

    args.insert(args.begin(), { "struct call *", "later_" });
    for (auto &item : m.out.items)
        items.push_back(item.kind == Kind::Foreign ? "{ NULL, " + item.name + ", 0, 0 }"
                                                   : item_in(m.out, item, "out_"));
    if (m.out.words > 0)
        data = m.out.is_named ? "(const uint64_t *)out_" : "came_.word";
    out = head("int " + stub_name(i, m) + "_answer", args) + "\n{\n";
    if (m.out.words == 0 && m.out.items.size() == 1 && m.out.items[0].kind == Kind::Data &&
        m.out.items[0].window != 0 && m.out.items[0].inline_bytes >= SMALL)
        out += fill(small_answer, { { "item", m.out.items[0].name },
                                    { "w", std::to_string(m.out.items[0].window - 1) } });
    out += m.out.is_named ? "" : words_union(m.out, "came_");
    out += array_of("items_", items) + "\n" + fields_set(m.out, "came_");
    return out + "    return call_later_give(later_, &" + stub_name(i, m) + "_method_, " + data +
           ", " + (items.empty() ? "NULL" : "items_") + ");\n}\n\n";
}

static const char loop[] =
    R"(static CALL_INLINE int %name%_dispatch_(struct call *c_, struct call_registers *r_,
    const struct %name%_ops *ops_)
{
%exact%    switch (CALL_METHOD_OF(r_->info >> 12)) {
%cases%    default: break;
    }
%bases%    return CALL_UNKNOWN;
}

int %name%_dispatch(struct call *c_, struct call_registers *r_, const struct %name%_ops *ops_)
{
    return %name%_dispatch_(c_, r_, ops_);
}

#ifndef MYELIN_HOST

static int %name%_watched_(struct call *c_, struct call_registers *r_, const void *ops_)
{
    return %name%_dispatch(c_, r_, ops_);
}

void %name%_serve_on(struct call_server *server_, const struct %name%_ops *ops_)
{
    struct call c_ = { 0 };
    struct call_registers r_;
    const seL4_CPtr endpoint_ = server_->endpoint;
    int e_ = CALL_LATER;

    c_.self = server_->self;
    c_.server = server_;
    c_.buf = seL4_GetIPCBuffer();
    for (;;) {
        if (__builtin_expect(e_ == 0, 1)) {
            call_reply_receive(&c_, &r_, endpoint_);
        } else {
            call_receive(server_, &c_, &r_);
        }
        for (;;) {
            c_.badge = r_.badge;
            if (call_watched()) {
                struct call_registers odd_ = r_;
                e_ = call_watch(server_, &c_, &odd_, %name%_watched_, ops_);
                r_ = odd_;
                break;
            }
%sites%            e_ = %name%_dispatch_(&c_, &r_, ops_);
            if (__builtin_expect(e_ == CALL_UNKNOWN, 0)) {
                struct call_registers odd_ = r_;
                e_ = call_other(server_, &c_, &odd_);
                r_ = odd_;
            }
            break;
        }
    }
}

int %name%_serve(const struct %name%_ops *ops_)
{
    struct call_server server_;
    int e_ = call_server_open(&server_);

    if (e_ == 0)
        %name%_serve_on(&server_, ops_);
    return e_;
}

#endif

)";

/* A plain method that is answered, and the next request received, at a place of its own. */
static std::string site_text(const Interface &i, const Method &m)
{
    return "            if (r_.info == " + plain_info(i, m) +
           ") {\n                e_ = " + stub_name(i, m) +
           "_serve_(&c_, &r_, ops_);\n"
           "                if (__builtin_expect(e_ != 0, 0))\n                    break;\n"
           "                call_reply_receive_words(&c_, &r_, endpoint_, " +
           std::to_string(m.out.words) + ");\n                continue;\n            }\n";
}

static std::string interface_text(const Interface &i, std::set<std::string> &done)
{
    std::string out, cases, bases, exact, sites;
    std::set<const Method *> exact_ones = first_of(i, &Method::is_plain, EXACT_MAX);

    for (auto &m : i.methods) {
        out += method_tables(i, m, done);
        bool in_place = m.is_plain() || is_inline(i, m);
        if (!in_place)
            out += stub_text(i, m);
        out += (m.is_plain() ? plain_text(i, m) : items_text(i, m, in_place)) + answer_text(i, m);
        if (exact_ones.count(&m) > 0) {
            sites += site_text(i, m);
            exact += "    if (r_->info == " + plain_info(i, m) + ")\n        return " +
                     stub_name(i, m) + "_serve_(c_, r_, ops_);\n";
        }
        cases += "    case " + label(i, m) + ": ";
        cases += in_place ? "return " + stub_name(i, m) + "_serve_(c_, r_, ops_);\n"
                          : "CALL_OUT_OF_LINE(" + stub_name(i, m) + "_serve_(c_, &odd_, ops_));\n";
    }
    for (auto &b : i.bases)
        bases += "    if (" + b + "_has(r_->info >> 12)) {\n" +
                 "        struct call_registers odd_ = *r_;\n        int e_ = " + b +
                 "_dispatch(c_, &odd_, &ops_->" + b +
                 ");\n        *r_ = odd_;\n"
                 "        if (e_ != CALL_UNKNOWN)\n            return e_;\n    }\n";
    return out + fill(loop, { { "name", i.name },
                              { "cases", cases },
                              { "exact", exact },
                              { "bases", bases },
                              { "sites", sites } });
}

std::string c_source(const File &file)
{
    std::set<std::string> done;
    std::string out = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from idl/" +
                      file.name + ".capnp: change that. */\n#include <idl/" + file.name + ".h>\n\n";
    for (auto &i : file.interfaces)
        out += interface_text(i, done);
    return out;
}

} // namespace idl
