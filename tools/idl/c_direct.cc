/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Methods whose words have places that are known when they are generated, but for the length of one
 * Data each way: their stubs and dispatch put and take each word by itself, without the tables
 * (call_encode() and its kin), and leave to those whatever does not look as expected.
 */
#include "c.h"

namespace idl
{

static std::string n(size_t x)
{
    return std::to_string(x);
}

/* Where the words of one direction lie: see docs/idl.md. */
struct Places {
    unsigned windows, words, tails;
    bool has_cancel, has_capacity;
    std::vector<unsigned> at; /* of data, cancel, capacity and length words, in that order */

    Places(const Method &m, bool is_request)
        : windows(is_request ? m.windows : 0), words((is_request ? m.in : m.out).words),
          has_cancel(is_request && m.is_cancellable), has_capacity(is_request && m.has_capacity())
    {
        unsigned lengths = 0;
        for (auto &i : (is_request ? m.in : m.out).items)
            lengths += i.has_length(is_request);
        for (unsigned i = 0; i < words + has_cancel + has_capacity + lengths; i++)
            at.push_back(place(i));
        tails = place(static_cast<unsigned>(at.size()));
        tails = windows > 0 && tails < 4 ? 4 : tails;
    }
    unsigned cancel() const
    {
        return at[words];
    }
    unsigned capacity() const
    {
        return at[words + has_cancel];
    }
    unsigned window(const Item &i) const
    {
        return 4 - 2 * windows + 2 * (i.window - 1);
    }

  private:
    unsigned place(unsigned i) const
    {
        return i < 4 - 2 * windows ? i : i + 2 * windows;
    }
};

/* A word of a message: in a register, or in the IPC buffer. */
static std::string word(const std::string &registers, const std::string &message, unsigned place)
{
    return (place < 4 ? registers + "word[" : message + "[") + n(place) + "]";
}

/* Fields whose words are made and taken apart by shifting: nothing of them has to be in memory. */
bool by_words(const Record &r)
{
    for (auto &f : r.fields)
        if (f.type.number == Number::Float)
            return false;
    return !r.is_named && r.unions.empty();
}

/* Word k of a parameter list, made of the parameters. */
static std::string word_made(const Record &r, unsigned k)
{
    std::string out;
    for (auto &f : r.fields) {
        if (f.offset_bits / 64 != k)
            continue;
        unsigned shift = f.offset_bits % 64;
        std::string bits = f.type.number == Number::Bool ? "" : "(uint" + n(f.type.bits) + "_t)";
        out += (out.empty() ? "" : " | ") +
               ("(uint64_t)" + bits + f.name + (shift > 0 ? " << " + n(shift) : ""));
    }
    return out.empty() ? "0" : out;
}

std::string field_taken(const Field &f, const std::string &word)
{
    unsigned shift = f.offset_bits % 64;
    std::string bits = shift > 0 ? "(" + word + " >> " + n(shift) + ")" : word;
    return f.type.number == Number::Bool ? "(" + bits + " & 1) != 0"
                                         : "(" + f.type.c_type() + ")" + bits;
}

/* All words, for who wants them in memory. */
static std::string words_made(const Record &r, const std::string &name, const std::string &indent)
{
    std::string out;
    for (unsigned k = 0; k < r.words; k++)
        out += (k > 0 ? ", " : " ") + word_made(r, k);
    return r.words == 0 ? ""
                        : indent + "uint64_t " + name + "[" + n(r.words) + "] = {" + out + " };\n";
}

/* What a label says beside interface and method. */
static std::string flags(const Places &p)
{
    return std::string(p.has_cancel ? " | CALL_HAS_CANCEL" : "") +
           (p.has_capacity ? " | CALL_HAS_CAPACITY" : "");
}

/* Words of a tail that lie in registers. */
static std::string tail_registers(const Places &p, bool load, const std::string &registers,
                                  const std::string &message, const std::string &indent)
{
    std::string out;
    for (unsigned i = p.tails; i < 4; i++) {
        std::string a = registers + "word[" + n(i) + "]", b = message + "[" + n(i) + "]";
        out += indent + (load ? a + " = " + b : b + " = " + a) + ";\n";
    }
    return out;
}

/* The variable for the words in the IPC buffer, where code needs it. */
static std::string message(const std::string &buffer, const std::string &code)
{
    return code.find("msg_") == std::string::npos ? ""
                                                  : "    uint64_t *msg_ = " + buffer + "->msg;\n";
}

static unsigned tail_most(const Item &i)
{
    return i.window != 0 ? i.inline_bytes : i.max;
}

/* ---- stubs ---- */

static const char stub[] =
    R"(%head%
{
%message%    struct call_registers r_;
%unions%%set%    r_.info = CALL_INFO(%label% | CALL_COUNTS(%count%, %lengths%)%flags%, %tails%);
%put%    if (__builtin_expect(deadline_ == CALL_NEVER, 1))
        call_enter(&r_, 4, to_.cap, CALL_NEVER);
    else
        call_enter(&r_, 4, to_.cap, deadline_);
%take%
    const struct call_registers odd_ = r_;
%words%%items%    int e_ =
        call_rest(&odd_, to_.cap, deadline_, &%name%_method_, %sent%, %in%, %came%, %out%);
    if (e_ != 0)
        return e_;
%get%    return 0;
}

)";

static const char window_in[] =
    R"(    bool far_ = %item%_bytes > %most%;
    r_.word[%w%] = far_ ? (uintptr_t)%item% : 0;
    r_.word[%w1%] = %item%_bytes | MYELIN_WINDOW_READABLE;
    if (far_)
        r_.info |= MYELIN_TAG_WINDOWS(%windows%);
    else%word%
        r_.info += call_tail_put(&msg_[%tails%], %item%, %item%_bytes);
)";

/* Bytes of a stream, which are few: a path is not. */
static const char word_in[] =
    R"( if (call_word_put(&msg_[%tails%], %item%, %item%_bytes))
        r_.info += 1;
    else)";

static const char data_in[] =
    R"(    if (%item%_bytes > %most%)
        return EMSGSIZE;
    %length% = %item%_bytes;
    r_.info += call_tail_put(&msg_[%tails%], %item%, %item%_bytes);
)";

static const char window_out[] =
    R"(    r_.word[%w%] = %item%_room > %most% ? (uintptr_t)%item% : 0;
    r_.word[%w1%] = %item%_room | MYELIN_WINDOW_WRITABLE;
    if (%item%_room > %most%)
        r_.info |= MYELIN_TAG_WINDOWS(%windows%);
)";

static const char data_taken[] =
    R"(    if (__builtin_expect((r_.info & ~127ul) == %info%, 1)) {
        uint64_t bytes_ = %length%;
%far%        if (__builtin_expect(bytes_ <= %item%_room &&
                                 call_tail_fits(r_.info, %tails%, bytes_, %most%), 1)) {
%words%%tail%            *%item%_bytes = bytes_;
            return 0;
        }
    }
)";

static const char far_taken[] =
    R"(        if ((bytes_ & CALL_IN_WINDOW) != 0 && (bytes_ & ~CALL_IN_WINDOW) <= %item%_room &&
            call_tail_fits(r_.info, %tails%, 0, 0)) {
%words%            *%item%_bytes = bytes_ & ~CALL_IN_WINDOW;
            return 0;
        }
)";

/* The bytes of a result: a register has them all, or they are in the buffer when these are. */
static std::string tail_taken(const Item &i, const Places &p)
{
    std::string in = "            ",
                take = "call_tail_take(" + i.name + ", &msg_[" + n(p.tails) + "], bytes_);\n";
    if (p.tails >= 4)
        return in + take;
    return in + "if (!call_word_take(" + i.name + ", r_.word[" + n(p.tails) + "], bytes_)) {\n" +
           tail_registers(p, false, "r_.", "msg_", in + "    ") + in + "    " + take + in + "}\n";
}

/* Results that are numbers, to where the stub's caller wants them. */
static std::string words_taken(const Method &m, const Places &p, const std::string &indent)
{
    std::string out;
    if (by_words(m.out)) {
        for (auto &f : m.out.fields)
            out += indent + "*" + f.name + " = " +
                   field_taken(f, word("r_.", "msg_", p.at[f.offset_bits / 64])) + ";\n";
        return out;
    }
    for (unsigned i = 0; i < p.words; i++) {
        std::string from = word("r_.", "msg_", p.at[i]);
        out +=
            indent +
            (m.out.is_named ? "__builtin_memcpy((char *)out_ + " + n(8 * i) + ", &" + from + ", 8)"
                            : "came_.word[" + n(i) + "] = " + from) +
            ";\n";
    }
    std::string get = results_get(m.out);
    for (size_t at = 0; at < get.size(); at = get.find('\n', at) + 1)
        get.insert(at, indent.substr(4));
    return out + get;
}

static std::string answer_taken(const Method &m, const Places &p)
{
    std::string info =
        "CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(" + n(p.words) + ", %lengths%), ";
    if (m.out.items.empty())
        return "    if (__builtin_expect(r_.info == CALL_ANSWER(" + n(p.words) + ", " + n(p.words) +
               "), 1)) {\n" + words_taken(m, p, "        ") + "        return 0;\n    }\n";
    const Item &i = m.out.items[0];
    std::string far =
        i.window == 0 ? "" : fill(far_taken, { { "words", words_taken(m, p, "            ") } });
    return fill(data_taken, { { "far", far },
                              { "words", words_taken(m, p, "            ") },
                              { "tail", tail_taken(i, p) },
                              { "info", "CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(" +
                                            n(p.words) + ", 1), 0)" },
                              { "length", word("r_.", "msg_", p.at.back()) },
                              { "item", i.name },
                              { "tails", n(p.tails) },
                              { "most", n(tail_most(i)) } });
}

std::string direct_stub(const Interface &i, const Method &m, const StubParts &parts)
{
    Places to(m, true), from(m, false);
    std::string put, words; /* bytes are put first, when there is nothing to be kept yet */
    for (unsigned k = 0; k < to.words; k++)
        words += "    " + word("r_.", "msg_", to.at[k]) + " = " +
                 (by_words(m.in) ? word_made(m.in, k) : "sent_.word[" + n(k) + "]") + ";\n";
    if (to.has_cancel)
        words += "    " + word("r_.", "msg_", to.cancel()) + " = call_cancel_word();\n";
    if (to.has_capacity)
        words += "    " + word("r_.", "msg_", to.capacity()) + " = call_capacity_of(" +
                 m.out.items[0].name + "_room, " + n(m.out.items[0].max) + ");\n";
    for (auto r : { &m.in, &m.out })
        for (auto &item : r->items) {
            bool is_in = r == &m.in;
            if (!is_in && item.window == 0)
                continue;
            unsigned w = item.window != 0 ? to.window(item) : 0;
            std::string at_once =
                m.is_cancellable
                    ? fill(word_in, { { "item", item.name }, { "tails", n(to.tails) } })
                    : "";
            put += fill(item.window == 0 ? data_in
                        : is_in          ? window_in
                                         : window_out,
                        { { "item", item.name },
                          { "word", at_once },
                          { "most", n(tail_most(item)) },
                          { "w", n(w) },
                          { "w1", n(w + 1) },
                          { "windows", n(m.windows) },
                          { "length", item.window == 0 ? word("r_.", "msg_", to.at.back()) : "" },
                          { "tails", n(to.tails) } });
        }
    put += words;
    if (!m.in.items.empty())
        put += tail_registers(to, true, "r_.", "msg_", "    ");
    std::vector<bool> used(4);
    for (unsigned place : to.at)
        if (place < 4)
            used[place] = true;
    for (unsigned place = 0; place < 4; place++)
        if (!used[place] && place < 4 - 2 * m.windows && (m.in.items.empty() || place < to.tails))
            put += "    r_.word[" + n(place) + "] = 0;\n";
    std::string take = answer_taken(m, from), in_memory;
    if (by_words(m.in))
        in_memory = words_made(m.in, "sent_", "    ");
    if (by_words(m.out) && m.out.words > 0)
        in_memory += "    uint64_t came_[" + n(m.out.words) + "];\n";
    return fill(stub, { { "head", parts.head },
                        { "message", message("seL4_GetIPCBuffer()", put + take) },
                        { "unions", parts.unions },
                        { "set", parts.set },
                        { "label", label(i, m) },
                        { "count", n(to.words) },
                        { "lengths", n(to.at.size() - to.words - to.has_cancel - to.has_capacity) },
                        { "flags", flags(to) },
                        { "tails", n(to.tails) },
                        { "put", put },
                        { "take", take },
                        { "words", in_memory },
                        { "items", parts.items },
                        { "name", stub_name(i, m) },
                        { "sent", parts.sent },
                        { "in", m.in.items.empty() ? "NULL" : "items_" },
                        { "came", parts.came },
                        { "out", m.out.items.empty() ? "NULL" : "results_" },
                        { "get", parts.get } });
}

/* ---- the server's side ---- */

static const char handler[] =
    R"(static %inline%int %name%_serve_(struct call *c_, struct call_registers *r_,
    const struct %interface%_ops *ops_)
{
%message%%variables%
%before%    if (__builtin_expect(!(%is_direct%), 0))
        CALL_OUT_OF_LINE(%name%_odd_serve_(c_, &odd_, ops_));
%take%    int e_ = ops_->%method% == NULL ? ENOSYS : ops_->%method%(%call%);
%set%    if (__builtin_expect(e_ == 0%answers%, 1)) {
%put%        return 0;
    }
    if (e_ == CALL_LATER)
        return CALL_LATER;
%words%    struct call_registers answer_ = { 0 };
    c_->method = &%name%_method_;
    e_ = call_give(c_, &answer_, e_, %came%, %out%);
    *r_ = answer_;
    return e_;
}

)";

/* Whether a request has the words that our own stubs send. */
static std::string request_is(const Interface &i, const Method &m, const Places &p)
{
    std::string info = "CALL_INFO(" + label(i, m) + " | CALL_COUNTS(" + n(p.words) + ", " +
                       n(p.at.size() - p.words - p.has_cancel - p.has_capacity) + ")" + flags(p) +
                       ", ";
    std::string unknown; /* bits */
    std::vector<uint64_t> bits = m.in.known();
    for (unsigned k = 0; k < p.words; k++)
        if (bits[k] != ~0ull)
            unknown += " &&\n            (" + word("r_->", "msg_", p.at[k]) + " & ~" +
                       std::to_string(bits[k]) + "ul) == 0";
    if (m.in.items.empty())
        return "r_->info == " + info + n(p.tails) + ")" + unknown;
    const Item &item = m.in.items[0];
    std::string known = "(r_->info & ~127ul) == " + info + "0)" + unknown + " &&\n            ";
    if (item.window == 0)
        return known + "call_tail_came(msg_, r_->info, " + n(p.tails) + ", " +
               word("r_->", "msg_", p.at.back()) + ", " + n(item.max) + ")";
    std::string w = "r_->word[" + n(p.window(item)) + "]",
                bytes = "CALL_WINDOW_BYTES(r_->word[" + n(p.window(item) + 1) + "])";
    return known + "(" + w + " != 0 ? (r_->info & 127) == " + n(p.tails) +
           " : call_tail_came(msg_, r_->info, " + n(p.tails) + ", " + bytes + ", " +
           n(item.inline_bytes) + "))";
}

/* The parameter that is no number. */
static std::string item_taken(const Item &item, const Places &p)
{
    std::string at = "&msg_[" + n(p.tails) + "]";
    if (item.window == 0)
        return "    items_[0] = (struct call_item){ " + at + ", " +
               word("r_->", "msg_", p.at.back()) + ", 0, 0 };\n";
    std::string w = "r_->word[" + n(p.window(item)) + "]";
    return "    items_[0] = (struct call_item){ " + w + " != 0 ? NULL : " + at +
           ",\n            c_->window_bytes[" + n(item.window - 1) + "], 0, " + w + " != 0 ? " +
           n(item.window) + " : 0 };\n";
}

static std::string request_taken(const Method &m, const Places &p)
{
    std::string out, real;

    if (!by_words(m.in))
        for (unsigned k = 0; k < p.words; k++)
            out += "    sent_.word[" + n(k) + "] = " + word("r_->", "msg_", p.at[k]) + ";\n";
    out += "    c_->cancel = " + (p.has_cancel ? word("r_->", "msg_", p.cancel()) : "0") + ";\n";
    if (p.has_capacity)
        out += "    c_->capacity = " + word("r_->", "msg_", p.capacity()) + ";\n";
    for (unsigned w = 0; w < m.windows; w++) {
        unsigned at = 4 - 2 * m.windows + 2 * w;
        real += (w > 0 ? " |\n            " : "") + ("(r_->word[" + n(at) + "] != 0) << " + n(w));
        std::string length = "r_->word[" + n(at + 1) + "]";
        std::string bytes = "CALL_WINDOW_BYTES(" + length + ")";
        for (const Item &item : m.out.items)
            if (item.window == w + 1)
                bytes = "call_window_room(r_->word[" + n(at) + "], " + length + ", " +
                        n(item.inline_bytes) + ")";
        out += "    c_->window_bytes[" + n(w) + "] = " + bytes + ";\n";
    }
    out +=
        "    c_->windows_real = " + (m.windows > 0 ? "(uint8_t)(" + real + ")" : std::string("0")) +
        ";\n";
    if (!m.in.items.empty())
        out += item_taken(m.in.items[0], p);
    if (m.out.items.empty())
        return out;
    const Item &item = m.out.items[0];
    std::string room = item.window != 0 ? "c_->window_bytes[" + n(item.window - 1) + "]"
                                        : "call_room_of(c_->capacity, " + n(item.max) + ")";
    return out + "    results_[0] = (struct call_item){ buffers_[0], 0, " + room + ", " +
           n(item.window) + " };\n";
}

/* Whether the answer is one that a stub of ours takes at once. */
static std::string answer_is(const Method &m)
{
    if (m.out.items.empty())
        return "";
    const Item &item = m.out.items[0];
    std::string fits = " && results_[0].count <= results_[0].room";
    if (item.window == 0)
        return fits + " && (c_->capacity & 0xffff) != 0";
    return fits + " &&\n            (results_[0].data == NULL || results_[0].count <= " +
           n(item.inline_bytes) + ")";
}

static std::string answer_put(const Method &m, const Places &p)
{
    std::string out, in = "        ";
    std::string info = "CALL_ANSWER(" + n(p.words) + ", " + n(p.tails) + ")";

    for (unsigned k = 0; k < p.words; k++)
        out += in + word("r_->", "msg_", p.at[k]) + " = " +
               (by_words(m.out) ? word_made(m.out, k) : "came_.word[" + n(k) + "]") + ";\n";
    if (m.out.items.empty())
        return out + in + "r_->info = " + info + ";\n";
    std::string put = in + "r_->info += call_tail_put(&msg_[" + n(p.tails) +
                      "], results_[0].data, results_[0].count);\n" +
                      tail_registers(p, true, "r_->", "msg_", in),
                length = word("r_->", "msg_", p.at.back());
    if (p.tails < 4) {
        for (size_t at = 0; at < put.size(); at = put.find('\n', at) + 1)
            put.insert(at, "    ");
        put = in + "if (call_word_put(&r_->word[" + n(p.tails) +
              "], results_[0].data, results_[0].count)) {\n" + in + "    r_->info += 1;\n" + in +
              "} else {\n" + put + in + "}\n";
    }
    out += in + "r_->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(" + n(p.words) +
           ", 1), " + n(p.tails) + ");\n" + in + length + " = results_[0].count;\n";
    if (m.out.items[0].window == 0)
        return out + put;
    for (size_t at = 0; at < put.size(); at = put.find('\n', at) + 1)
        put.insert(at, "    ");
    return out + in + "if (results_[0].data != NULL) {\n" + put + in +
           "} else if (results_[0].count != 0) {\n" + in + "    " + length +
           " |= CALL_IN_WINDOW;\n" + in + "}\n";
}

std::string direct_handler(const Interface &i, const Method &m, const HandlerParts &parts)
{
    Places to(m, true), from(m, false);
    std::string before; /* so that all of a tail is in the buffer */
    if (!m.in.items.empty())
        before = tail_registers(to, false, "r_->", "msg_", "    ");
    std::string is_direct = request_is(i, m, to), take = request_taken(m, to),
                put = answer_put(m, from);
    std::string words = by_words(m.out) ? words_made(m.out, "came_", "    ") : "";
    std::string came = by_words(m.out) ? "came_" : "came_.word";
    return fill(handler,
                { { "name", stub_name(i, m) },
                  { "inline", parts.is_inline ? "CALL_INLINE " : "" },
                  { "interface", i.name },
                  { "variables", parts.variables },
                  { "before", before },
                  { "message", message("c_->buf", before + is_direct + take + parts.call + put) },
                  { "is_direct", is_direct },
                  { "take", take },
                  { "method", m.name },
                  { "call", parts.call },
                  { "set", parts.set },
                  { "answers", answer_is(m) },
                  { "put", put },
                  { "words", words },
                  { "came", m.out.words > 0 ? came : "NULL" },
                  { "out", m.out.items.empty() ? "NULL" : "results_" } });
}

} // namespace idl
