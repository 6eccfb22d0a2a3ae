/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a set of schemas says, as far as the wire and the generated code care: made of Cap'n Proto's
 * description (model.cc), which also refuses what docs/idl.md refuses; written out by layout.cc,
 * c.cc and cxx.cc.
 */
#pragma once

#include <capnp/schema.capnp.h>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace idl
{

/* What a schema must not say: the message names the place. */
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Number { Bool, Signed, Unsigned, Float, Enum };

/* A type of fixed size, in a data section or a list. */
struct Scalar {
    Number number = Number::Unsigned;
    unsigned bits = 0;
    std::string enum_name; /* of an enum: its C name */

    std::string c_type() const;   /* as parameter */
    std::string c_member() const; /* in a struct: of exactly `bits` */
};

/* A value with a fixed place. */
struct Field {
    std::string name;
    Scalar type;
    unsigned offset_bits = 0;
    uint64_t default_bits = 0;
    int union_index = -1, union_member = -1; /* of a member of a union: which */
    unsigned ordinal = 0;
};

/* A union: the place of what says which member it is. */
struct Union {
    std::string name; /* of the field that says it */
    unsigned offset_bits = 0;
    std::vector<std::string> members;
};

enum class Kind { Text, Data, List, Structs, Struct, FixedText, FixedData, Handle, Own, Foreign };

struct Record;
struct Interface;

/* A value in the tail, or a capability. */
struct Item {
    std::string name;
    Kind kind = Kind::Data;
    unsigned max = 0;          /* as annotated */
    unsigned window = 0;       /* 1 or 2; 0: none */
    unsigned inline_bytes = 0; /* of a window: what fits without it, a text's zero aside */
    Scalar element;
    const Record *record = nullptr; /* of a struct */
    std::string interface_name;     /* of a capability: its C name */
    unsigned ordinal = 0;

    unsigned element_bytes() const;
    unsigned tail_words() const; /* at most */
    bool has_length(bool is_request) const;
    bool has_capacity() const; /* as a result */
    bool is_capability() const
    {
        return kind == Kind::Own || kind == Kind::Foreign;
    }
};

/* A struct, a parameter list or a list of results. */
struct Record {
    std::string name;      /* C name */
    bool is_named = false; /* by the schema */
    unsigned words = 0;    /* of its data section */
    std::vector<Field> fields;
    std::vector<Union> unions;
    std::vector<Item> items;

    std::vector<uint64_t> known() const; /* bits that mean something */
    std::vector<uint64_t> defaults() const;
    bool is_dense() const; /* all bits are known */
    bool has_defaults() const;
    bool has_checks() const; /* enums or unions */
    /* fixed items are members of the C struct, behind the data section */
    unsigned fixed_bytes() const;
};

/* Words of the answer of a plain method: those behind the registers are in the IPC buffer. */
enum { REGISTERS = 4, PLAIN_OUT_MAX = 12 };

struct Method {
    std::string name;
    unsigned number = 0;
    bool is_repeatable = false, is_cancellable = false, is_often = false;
    Record in, out;
    unsigned windows = 0;

    bool has_capacity() const;
    /* numbers alone, the request in registers, and no conversion */
    bool is_plain() const;
    /* numbers and at most one Data each way, nothing to be checked but bits (c_direct.cc) */
    bool is_direct() const;
};

struct Interface {
    std::string name;
    unsigned id = 0;
    std::vector<Method> methods;
    std::vector<std::string> bases, base_files; /* C names; where they are */
    bool takes_capabilities() const;
};

struct Enum {
    std::string name;
    std::vector<std::string> values;
};

/* A number that both sides know. */
struct Constant {
    std::string name;
    std::string value;
};

/* One schema file. */
struct File {
    std::string name; /* without directory and .capnp */
    std::set<std::string> includes;
    std::vector<Enum> enums;
    std::vector<Constant> constants;
    std::vector<const Record *> records; /* named structs, in an order that C can be told */
    std::vector<Interface> interfaces;
};

/* All of a request, checked. Throws Refusal. */
class Model
{
  public:
    explicit Model(capnp::schema::CodeGeneratorRequest::Reader request);
    std::vector<File> files;

  private:
    struct Source;
    std::vector<std::unique_ptr<Record>> records;
    friend struct Reader;
};

std::string snake(const std::string &camel);
std::string upper(const std::string &snake);

std::string layout_text(const File &file);
std::string c_header(const File &file);
std::string c_source(const File &file);
std::string cxx_header(const File &file);

} // namespace idl
