/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from the parts of a schema: sizes, masks, names. */
#include "model.h"

#include <cctype>

namespace idl
{

std::string snake(const std::string &camel)
{
    std::string out;
    for (size_t i = 0; i < camel.size(); i++) {
        bool is_upper = isupper(static_cast<unsigned char>(camel[i])) != 0;
        bool after_lower =
            i > 0 && !isupper(static_cast<unsigned char>(camel[i - 1])) && camel[i - 1] != '.';
        bool before_lower = i > 0 && i + 1 < camel.size() && camel[i - 1] != '.' &&
                            islower(static_cast<unsigned char>(camel[i + 1]));
        if (camel[i] == '.') {
            out += '_';
            continue;
        }
        if (is_upper && (after_lower || before_lower))
            out += '_';
        out += static_cast<char>(tolower(static_cast<unsigned char>(camel[i])));
    }
    return out;
}

std::string upper(const std::string &snake)
{
    std::string out = snake;
    for (auto &c : out)
        c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
    return out;
}

std::string Scalar::c_type() const
{
    switch (number) {
    case Number::Bool: return "bool";
    case Number::Float: return bits == 32 ? "float" : "double";
    case Number::Enum: return "enum " + enum_name;
    case Number::Signed: return "int" + std::to_string(bits) + "_t";
    default: return "uint" + std::to_string(bits) + "_t";
    }
}

std::string Scalar::c_member() const
{
    return number == Number::Enum ? "uint16_t" : c_type();
}

unsigned Item::element_bytes() const
{
    switch (kind) {
    case Kind::List: return element.bits / 8;
    case Kind::Structs:
    case Kind::Struct: return 8 * record->words;
    default: return 1;
    }
}

unsigned Item::tail_words() const
{
    auto words = [](unsigned bytes) { return (bytes + 7) / 8; };
    switch (kind) {
    case Kind::Text: return words((window != 0 ? inline_bytes : max) + 1);
    case Kind::Struct: return record->words;
    case Kind::Data:
        if (window != 0)
            return words(inline_bytes);
        [[fallthrough]];
    case Kind::List:
    case Kind::Structs:
    case Kind::FixedText:
    case Kind::FixedData: return words(max * element_bytes());
    default: return 0;
    }
}

bool Item::has_length(bool is_request) const
{
    switch (kind) {
    case Kind::FixedText:
    case Kind::FixedData:
    case Kind::Own:
    case Kind::Foreign: return false;
    default: return !(is_request && window != 0);
    }
}

bool Item::has_capacity() const
{
    return window == 0 && (kind == Kind::Text || kind == Kind::Data || kind == Kind::List ||
                           kind == Kind::Structs);
}

std::vector<uint64_t> Record::known() const
{
    std::vector<uint64_t> mask(words);
    auto add = [&](unsigned offset, unsigned bits) {
        mask[offset / 64] |= (bits == 64 ? ~0ull : (1ull << bits) - 1) << offset % 64;
    };
    for (auto &f : fields)
        add(f.offset_bits, f.type.bits);
    for (auto &u : unions)
        add(u.offset_bits, 16);
    return mask;
}

std::vector<uint64_t> Record::defaults() const
{
    std::vector<uint64_t> word(words);
    for (auto &f : fields)
        word[f.offset_bits / 64] |= f.default_bits << f.offset_bits % 64;
    return word;
}

bool Record::is_dense() const
{
    for (auto mask : known())
        if (mask != ~0ull)
            return false;
    return true;
}

bool Record::has_defaults() const
{
    for (auto &f : fields)
        if (f.default_bits != 0)
            return true;
    return false;
}

bool Record::has_checks() const
{
    for (auto &f : fields)
        if (f.type.number == Number::Enum)
            return true;
    return !unions.empty();
}

unsigned Record::fixed_bytes() const
{
    unsigned bytes = 0;
    for (auto &i : items)
        if (is_named && (i.kind == Kind::FixedText || i.kind == Kind::FixedData))
            bytes += (i.max + 7) / 8 * 8;
    return bytes;
}

bool Method::has_capacity() const
{
    for (auto &i : out.items)
        if (i.has_capacity())
            return true;
    return false;
}

bool Method::is_plain() const
{
    return in.items.empty() && out.items.empty() && !is_cancellable && in.words <= 4 &&
           out.words <= PLAIN_OUT_MAX && !in.has_defaults() && !out.has_defaults();
}

static bool is_data_alone(const Record &r)
{
    return r.items.empty() || (r.items.size() == 1 && r.items[0].kind == Kind::Data);
}

bool Method::is_direct() const
{
    return !is_plain() && is_data_alone(in) && is_data_alone(out) && !in.has_defaults() &&
           !out.has_defaults() && !in.has_checks();
}

bool Interface::takes_capabilities() const
{
    for (auto &m : methods)
        for (auto &i : m.in.items)
            if (i.kind == Kind::Foreign)
                return true;
    return false;
}

} // namespace idl
