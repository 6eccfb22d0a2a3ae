/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From Cap'n Proto's description of schemas to ours. Everything that the wire or the generated code
 * could not carry is refused here, with the name of the place; the writers refuse nothing.
 */
#include "c.h"

#include <algorithm>
#include <cctype>

namespace idl
{

using capnp::schema::Node;
using Annotations = capnp::List<capnp::schema::Annotation>::Reader;

namespace
{

/* idl/myelin.capnp */
enum : uint64_t {
    ID = 0xd1f0a3b2c4e50713,
    MAX = 0xe2a1b4c3d5f60825,
    WINDOW = 0xf3b2c5d4e6a70937,
    FIXED = 0x84c3d6e5f7b81a49,
    HANDLE = 0x95d4e7f6a8c92b5b,
    OWN = 0xa6e5f8a7b9da3c6d,
    REPEATABLE = 0xb7f6a9b8caeb4d7f,
    CANCELLABLE = 0xc8a7bac9dbfc5e81,
    OFTEN = 0xd9b8cbdaec0d6f93,
};

/* lib/ipc/include/ipc/call.h */
enum : unsigned {
    WORDS_MAX = 120,
    LENGTHS_MAX = 7,
    ITEMS_MAX = 12,
    RESULTS_MAX = 4,
    WINDOWS_MAX = 2,
    CAPS_MAX = 3,
    ID_MIN = 0x100,
    ID_MAX = 0xfff,
};

const capnp::schema::Annotation::Reader *find(Annotations list, uint64_t id,
                                              capnp::schema::Annotation::Reader &out)
{
    for (auto a : list)
        if (a.getId() == id) {
            out = a;
            return &out;
        }
    return nullptr;
}

bool has(Annotations list, uint64_t id)
{
    capnp::schema::Annotation::Reader a;
    return find(list, id, a) != nullptr;
}

unsigned number(Annotations list, uint64_t id)
{
    capnp::schema::Annotation::Reader a;
    if (find(list, id, a) == nullptr)
        return 0;
    return a.getValue().isUint16() ? a.getValue().getUint16() : a.getValue().getUint32();
}

[[noreturn]] void refuse(const std::string &where, const std::string &what)
{
    throw Refusal(where + ": " + what);
}

/*
 * Words of C and C++, and at the end macros of the compilers. tools/new-component reads them here,
 * too.
 */
const std::string keywords =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t"
    " char32_t class compl concept const const_cast constexpr continue decltype default delete"
    " do double dynamic_cast else enum explicit export extern false float for friend goto if"
    " inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq"
    " private protected public register reinterpret_cast requires restrict return short signed"
    " sizeof static static_assert static_cast struct switch template this thread_local throw"
    " true try typedef typeid typename typeof union unsigned using virtual void volatile"
    " wchar_t while xor xor_eq linux unix ";

std::string identifier(const std::string &where, const std::string &name)
{
    std::string s = snake(name);
    if (keywords.find(" " + s + " ") != std::string::npos)
        refuse(where, "'" + s + "' is a word of C or C++");
    return s;
}

void method_name_check(const std::string &where, const std::string &name)
{
    static const char *const taken[] = { "connect", "serve", "serve_on", "dispatch", "ops" };
    for (auto t : taken)
        if (name == t)
            refuse(where, "generated code has a function of that name");
    for (std::string end : { "_until", "_answer" })
        if (name.size() > end.size() && name.substr(name.size() - end.size()) == end)
            refuse(where, "generated functions end in " + end);
}

} // namespace

/* ---- reading ---- */

struct Reader {
    std::map<uint64_t, Node::Reader> nodes;
    std::map<uint64_t, Record *> named; /* structs of the schema, by id */
    Model &model;
    File *file = nullptr;

    explicit Reader(Model &m) : model(m)
    {
    }

    Node::Reader node(uint64_t id) const
    {
        return nodes.at(id);
    }

    std::string path(uint64_t id) const
    {
        std::string name = node(id).getDisplayName();
        auto colon = name.find(':');
        return colon == std::string::npos ? name : name.substr(colon + 1);
    }

    std::string file_of(uint64_t id) const
    {
        Node::Reader n = node(id);
        while (!n.isFile())
            n = node(n.getScopeId());
        std::string name = n.getDisplayName();
        name = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
        return name.substr(0, name.rfind('.'));
    }

    /* The C name of a node, whose header is needed. */
    std::string used(uint64_t id)
    {
        file->includes.insert(file_of(id));
        return snake(path(id));
    }

    bool scalar(const std::string &where, capnp::schema::Type::Reader type, Scalar &out);
    uint64_t default_of(capnp::schema::Value::Reader value);
    Record *struct_named(const std::string &where, uint64_t id, bool with_items);
    void fields(const std::string &where, Node::Reader n, Record &record, const std::string &prefix,
                int union_index, int member);
    void item(const std::string &where, capnp::schema::Field::Reader f, Record &record,
              const std::string &name);
    void item_kind(const std::string &where, capnp::schema::Type::Reader type, Annotations notes,
                   Item &item);
    void capability(const std::string &where, uint64_t id, Annotations notes, Item &item);
    Record record(const std::string &where, uint64_t id, const std::string &name);
    Method method(const std::string &where, const std::string &interface,
                  capnp::schema::Method::Reader m, unsigned ordinal);
    void sizes(const std::string &where, Method &m);
    unsigned side(const std::string &where, Record &r, unsigned hidden, unsigned windows,
                  bool is_request);
    void interface(Node::Reader n, std::map<unsigned, std::string> &ids);
    void walk(Node::Reader n, std::map<unsigned, std::string> &ids);
};

bool Reader::scalar(const std::string &where, capnp::schema::Type::Reader type, Scalar &out)
{
    using T = capnp::schema::Type;
    switch (type.which()) {
    case T::BOOL: out = { Number::Bool, 1, "" }; return true;
    case T::INT8: out = { Number::Signed, 8, "" }; return true;
    case T::INT16: out = { Number::Signed, 16, "" }; return true;
    case T::INT32: out = { Number::Signed, 32, "" }; return true;
    case T::INT64: out = { Number::Signed, 64, "" }; return true;
    case T::UINT8: out = { Number::Unsigned, 8, "" }; return true;
    case T::UINT16: out = { Number::Unsigned, 16, "" }; return true;
    case T::UINT32: out = { Number::Unsigned, 32, "" }; return true;
    case T::UINT64: out = { Number::Unsigned, 64, "" }; return true;
    case T::FLOAT32: out = { Number::Float, 32, "" }; return true;
    case T::FLOAT64: out = { Number::Float, 64, "" }; return true;
    case T::ENUM: out = { Number::Enum, 16, used(type.getEnum().getTypeId()) }; return true;
    case T::ANY_POINTER: refuse(where, "AnyPointer and generic types have no layout");
    default: return false;
    }
}

uint64_t Reader::default_of(capnp::schema::Value::Reader v)
{
    using V = capnp::schema::Value;
    auto bits32 = [](float f) {
        uint32_t b;
        memcpy(&b, &f, sizeof b);
        return uint64_t(b);
    };
    auto bits64 = [](double d) {
        uint64_t b;
        memcpy(&b, &d, sizeof b);
        return b;
    };
    switch (v.which()) {
    case V::BOOL: return v.getBool();
    case V::INT8: return static_cast<uint8_t>(v.getInt8());
    case V::INT16: return static_cast<uint16_t>(v.getInt16());
    case V::INT32: return static_cast<uint32_t>(v.getInt32());
    case V::INT64: return static_cast<uint64_t>(v.getInt64());
    case V::UINT8: return v.getUint8();
    case V::UINT16: return v.getUint16();
    case V::UINT32: return v.getUint32();
    case V::UINT64: return v.getUint64();
    case V::FLOAT32: return bits32(v.getFloat32());
    case V::FLOAT64: return bits64(v.getFloat64());
    case V::ENUM: return v.getEnum();
    default: return 0;
    }
}

/* A struct of the schema: its data section, and items where those are allowed. */
Record *Reader::struct_named(const std::string &where, uint64_t id, bool with_items)
{
    file->includes.insert(file_of(id));
    Node::Reader n = node(id);
    if (n.getIsGeneric())
        refuse(where, "generic types have no layout");
    Record *&r = named[id];
    if (r == nullptr) {
        model.records.push_back(std::make_unique<Record>());
        r = model.records.back().get();
        r->name = snake(path(id));
        r->is_named = true;
        r->words = n.getStruct().getDataWordCount();
        fields(path(id), n, *r, "", -1, -1);
    }
    if (!with_items && !r->items.empty())
        refuse(where, "a pointer inside a list element or struct parameter: " + r->items[0].name);
    return r;
}

void Reader::fields(const std::string &where, Node::Reader n, Record &record,
                    const std::string &prefix, int union_index, int member)
{
    auto s = n.getStruct();
    int own_union = -1;

    if (s.getDiscriminantCount() > 0) {
        if (union_index >= 0)
            refuse(where, "a union inside a union");
        own_union = static_cast<int>(record.unions.size());
        record.unions.push_back({ prefix + "which", s.getDiscriminantOffset() * 16, {} });
        record.unions.back().members.resize(s.getDiscriminantCount());
    }
    unsigned ordinal = 0;
    for (auto f : s.getFields()) {
        std::string place = where + "." + std::string(f.getName());
        std::string name = prefix + identifier(place, f.getName());
        bool in_union = f.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
        int u = in_union ? own_union : union_index,
            m = in_union ? f.getDiscriminantValue() : member;
        if (in_union)
            record.unions[own_union].members[f.getDiscriminantValue()] = name;
        if (f.isGroup()) {
            fields(place, node(f.getGroup().getTypeId()), record, name + "_", u, m);
            continue;
        }
        auto slot = f.getSlot();
        if (slot.getType().isVoid()) {
            if (!in_union)
                refuse(place, "Void carries nothing");
            continue;
        }
        Field field;
        if (!scalar(place, slot.getType(), field.type)) {
            if (u >= 0)
                refuse(place, "only data may be in a union");
            item(place, f, record, name);
            record.items.back().ordinal = ordinal++;
            continue;
        }
        field.name = name;
        field.offset_bits = slot.getOffset() * field.type.bits;
        field.default_bits = default_of(slot.getDefaultValue());
        if (u >= 0 && field.default_bits != 0)
            refuse(place, "a member of a union has no default");
        field.union_index = u;
        field.union_member = m;
        field.ordinal = ordinal++;
        record.fields.push_back(field);
    }
}

void Reader::capability(const std::string &where, uint64_t id, Annotations notes, Item &item)
{
    bool handle = has(notes, HANDLE), own = has(notes, OWN);

    if (handle && own)
        refuse(where, "$handle and $own exclude each other");
    item.kind = handle ? Kind::Handle : own ? Kind::Own : Kind::Foreign;
    item.interface_name = used(id);
}

void Reader::item_kind(const std::string &where, capnp::schema::Type::Reader type,
                       Annotations notes, Item &item)
{
    unsigned max = number(notes, MAX), fixed = number(notes, FIXED);
    bool window = has(notes, WINDOW), bytes = type.isText() || type.isData();

    if (int(has(notes, MAX)) + int(window) + int(has(notes, FIXED)) > 1)
        refuse(where, "$max, $window and $fixed exclude each other");
    if (has(notes, FIXED) && (!bytes || fixed == 0))
        refuse(where, "$fixed is for Text and Data, and at least 1");
    if (window && !bytes)
        refuse(where, "$window is for Text and Data");
    if (!has(notes, MAX) && !window && !has(notes, FIXED) && !type.isStruct())
        refuse(where, "needs $max, $window or $fixed");
    item.max = fixed != 0 ? fixed : max;
    item.window = window ? 1 : 0;
    if (type.isText()) {
        item.kind = fixed != 0 ? Kind::FixedText : Kind::Text;
    } else if (type.isData()) {
        item.kind = fixed != 0 ? Kind::FixedData : Kind::Data;
    } else if (type.isStruct()) {
        item.kind = Kind::Struct;
        item.max = 1;
        item.record = struct_named(where, type.getStruct().getTypeId(), false);
    } else {
        auto element = type.getList().getElementType();
        if (element.isStruct()) {
            item.kind = Kind::Structs;
            item.record = struct_named(where, element.getStruct().getTypeId(), false);
        } else {
            item.kind = Kind::List;
            if (!scalar(where, element, item.element))
                refuse(where, "a pointer inside a list element");
            if (item.element.number == Number::Bool || item.element.number == Number::Enum)
                refuse(where, "a list of Bool or of enums: make it one of structs");
        }
    }
    if (item.record != nullptr && item.record->words == 0)
        refuse(where, "a struct without data");
    if (item.max == 0 && !window)
        refuse(where, "$max must be at least 1");
}

void Reader::item(const std::string &where, capnp::schema::Field::Reader f, Record &record,
                  const std::string &name)
{
    auto type = f.getSlot().getType();
    Item item;

    if (f.getSlot().getHadExplicitDefault())
        refuse(where, "only numbers have defaults");
    item.name = name;
    if (type.isInterface())
        capability(where, type.getInterface().getTypeId(), f.getAnnotations(), item);
    else
        item_kind(where, type, f.getAnnotations(), item);
    if (item.max > 8 * WORDS_MAX)
        refuse(where, "more than a message's " + std::to_string(WORDS_MAX) + " words");
    record.items.push_back(item);
}

/* Parameters or results: of a list in the method, or a struct of the schema. */
Record Reader::record(const std::string &where, uint64_t id, const std::string &name)
{
    Node::Reader n = node(id);
    std::string display = n.getDisplayName();

    if (display == "/capnp/stream.capnp:StreamResult" || path(id) == "StreamResult")
        refuse(where, "a stream: capabilities that can only be called drop sends");
    if (n.getScopeId() != 0) {
        Record r = *struct_named(where, id, true);
        return r;
    }
    Record r;
    r.name = name;
    r.words = n.getStruct().getDataWordCount();
    fields(where, n, r, "", -1, -1);
    return r;
}

/* One direction's limits; gives the words that may be used up without windows. */
unsigned Reader::side(const std::string &where, Record &r, unsigned hidden, unsigned windows,
                      bool is_request)
{
    unsigned lengths = 0, caps = 0, tails = 0, foreign = 0, fixed_at = 0, position = 0;

    for (auto &i : r.items) {
        lengths += i.has_length(is_request);
        caps += i.is_capability();
        foreign += i.kind == Kind::Foreign;
        if (i.window == 0)
            tails += i.tail_words();
        bool is_fixed = i.kind == Kind::FixedText || i.kind == Kind::FixedData;
        if (r.is_named && is_fixed && fixed_at++ != position)
            refuse(where, "in a named struct, $fixed items come before other pointers: " + i.name);
        position++;
        if (i.kind == Kind::Own && !is_request)
            refuse(where, "$own is for parameters: " + i.name);
    }
    if (r.items.size() > ITEMS_MAX)
        refuse(where, "more than " + std::to_string(ITEMS_MAX) + " pointers");
    if (lengths > LENGTHS_MAX)
        refuse(where, "more than " + std::to_string(LENGTHS_MAX) + " items of their own length");
    if (caps > CAPS_MAX || foreign > 1)
        refuse(where,
               foreign > 1 ? "more than one foreign capability" : "more than three capabilities");
    unsigned head = r.words + hidden + lengths;
    unsigned begin = windows == 0 ? head : std::max(4u, head + 2 * windows);
    if (begin + tails > WORDS_MAX)
        refuse(where, std::to_string(begin + tails) + " words at most: a message has " +
                          std::to_string(WORDS_MAX));
    return begin + tails;
}

/* What of an item fits into so many words: a text has a zero behind it. */
static unsigned inline_bytes(unsigned words, const Item &i)
{
    return 8 * words - (i.kind == Kind::Text ? 1 : 0);
}

void Reader::sizes(const std::string &where, Method &m)
{
    unsigned windows = 0, in_windows = 0, out_windows = 0, capacities = 0;

    for (auto r : { &m.in, &m.out })
        for (auto &i : r->items)
            if (i.window != 0) {
                i.window = ++windows;
                ++(r == &m.in ? in_windows : out_windows);
            }
    if (windows > WINDOWS_MAX)
        refuse(where, "more than two windows");
    m.windows = windows;
    for (auto &i : m.out.items)
        capacities += i.has_capacity();
    if (capacities > RESULTS_MAX)
        refuse(where, "more than four results of their own length");
    unsigned hidden = (m.is_cancellable ? 1 : 0) + (capacities > 0 ? 1 : 0);
    unsigned in = side(where + " parameters", m.in, hidden, windows, true);
    unsigned out = side(where + " results", m.out, 0, 0, false);
    for (auto &i : m.in.items)
        if (i.window != 0)
            i.inline_bytes = inline_bytes((WORDS_MAX - in) / in_windows, i);
    for (auto &i : m.out.items)
        if (i.window != 0)
            i.inline_bytes = inline_bytes((WORDS_MAX - out) / out_windows, i);
}

Method Reader::method(const std::string &where, const std::string &interface,
                      capnp::schema::Method::Reader m, unsigned ordinal)
{
    Method out;

    if (ordinal > 255)
        refuse(where, "more than 256 methods");
    if (m.getImplicitParameters().size() > 0)
        refuse(where, "generic methods have no layout");
    out.name = identifier(where, m.getName());
    method_name_check(where, out.name);
    out.number = ordinal;
    out.is_repeatable = has(m.getAnnotations(), REPEATABLE);
    out.is_cancellable = has(m.getAnnotations(), CANCELLABLE);
    out.is_often = has(m.getAnnotations(), OFTEN);
    out.in = record(where, m.getParamStructType(), interface + "_" + out.name + "_in");
    out.out = record(where, m.getResultStructType(), interface + "_" + out.name + "_out");
    sizes(where, out);
    std::set<std::string> names;
    for (auto &a : client_args(out))
        if (!names.insert(a.name).second)
            refuse(where, "two arguments of the stub would be called " + a.name);
    return out;
}

void Reader::interface(Node::Reader n, std::map<unsigned, std::string> &ids)
{
    Interface out;
    std::string where = path(n.getId());

    if (n.getIsGeneric())
        refuse(where, "generic interfaces have no layout");
    out.name = identifier(where, where);
    out.id = number(n.getAnnotations(), ID);
    if (out.id < ID_MIN || out.id > ID_MAX)
        refuse(where, "needs $id, 0x100 to 0xfff");
    if (ids.count(out.id))
        refuse(where, "has the $id of " + ids[out.id]);
    ids[out.id] = where;
    for (auto base : n.getInterface().getSuperclasses()) {
        out.bases.push_back(used(base.getId()));
        out.base_files.push_back(file_of(base.getId()));
    }
    auto methods = n.getInterface().getMethods();
    for (unsigned i = 0; i < methods.size(); i++)
        out.methods.push_back(
            method(where + "." + std::string(methods[i].getName()), out.name, methods[i], i));
    file->interfaces.push_back(out);
}

/* As C writes it. */
static std::string constant_text(const std::string &where, capnp::schema::Value::Reader v)
{
    using V = capnp::schema::Value;
    switch (v.which()) {
    case V::INT8: return std::to_string(v.getInt8());
    case V::INT16: return std::to_string(v.getInt16());
    case V::INT32: return std::to_string(v.getInt32());
    case V::UINT8: return std::to_string(v.getUint8());
    case V::UINT16: return std::to_string(v.getUint16());
    case V::UINT32: return std::to_string(v.getUint32());
    default: refuse(where, "constants are whole numbers of at most 32 bits");
    }
}

void Reader::walk(Node::Reader n, std::map<unsigned, std::string> &ids)
{
    if (n.isInterface())
        interface(n, ids);
    if (n.isStruct())
        file->records.push_back(struct_named(path(n.getId()), n.getId(), true));
    if (n.isEnum()) {
        Enum e;
        e.name = identifier(path(n.getId()), path(n.getId()));
        for (auto v : n.getEnum().getEnumerants())
            e.values.push_back(snake(v.getName()));
        file->enums.push_back(e);
    }
    if (n.isConst())
        file->constants.push_back({ identifier(path(n.getId()), path(n.getId())),
                                    constant_text(path(n.getId()), n.getConst().getValue()) });
    for (auto nested : n.getNestedNodes())
        if (nodes.count(nested.getId()))
            walk(node(nested.getId()), ids);
}

Model::Model(capnp::schema::CodeGeneratorRequest::Reader request)
{
    Reader reader(*this);
    std::map<unsigned, std::string> ids;

    for (auto n : request.getNodes())
        reader.nodes[n.getId()] = n;
    files.resize(request.getRequestedFiles().size());
    unsigned index = 0;
    for (auto f : request.getRequestedFiles()) {
        File &file = files[index++];
        reader.file = &file;
        file.name = reader.file_of(f.getId());
        reader.walk(reader.node(f.getId()), ids);
        file.includes.erase(file.name);
    }
}

} // namespace idl
