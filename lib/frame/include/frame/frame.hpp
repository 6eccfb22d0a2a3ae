// SPDX-License-Identifier: BSD-2-Clause
/*
 * Message frames for raw protocols in C++:
 *
 *     myelin::Frame frame(OPERATION);
 *     unsigned result;
 *     frame << 1u << myelin::String("foo");
 *     if (portal.call(frame) == MSG_OK && (frame >> result))
 *         ...
 *
 * What goes and what has come are two sequences of items, each of them whole words: an integer or
 * enum is one word, a String its length in bytes and then its bytes, a trivially copyable struct
 * its bytes. Capabilities travel beside the words: Cap is one, Range several in slots side by side.
 * An item that does not fit sets the frame's error, and so does one that is not there; items after
 * it are passed over, and a frame with an error is not sent. So a whole sequence needs one check.
 *
 * A frame keeps its words to itself until it is sent, and takes what has come out of the IPC buffer
 * at once. Hence frames nest in any way: one that is filled, sent and read while another is being
 * filled, here or in a function that is called, leaves that alone. While the compiler can follow
 * what is put in and taken out, a frame is registers: no more instructions than the same by hand
 * (tests/unit/frames.cc counts).
 *
 * Needs no heap, no exceptions and no run-time type information. Any thread may use a frame, one at
 * a time. The idea is from NOVA's run-time environment (NRE), where frames lie in the UTCB.
 */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>

/* Else the compiler sees no frame in registers. */
#define MYELIN_FRAME_INLINE inline __attribute__((__always_inline__))

namespace myelin
{

/** What one word can carry: integers, bool, enums. */
template <typename T> struct IsWord {
    static constexpr bool value = __is_enum(T);
};
#define MYELIN_IS_WORD(type)                                                                       \
    template <> struct IsWord<type> {                                                              \
        static constexpr bool value = true;                                                        \
    };
MYELIN_IS_WORD(bool)
MYELIN_IS_WORD(char)
MYELIN_IS_WORD(signed char)
MYELIN_IS_WORD(unsigned char)
MYELIN_IS_WORD(short)
MYELIN_IS_WORD(unsigned short)
MYELIN_IS_WORD(int)
MYELIN_IS_WORD(unsigned int)
MYELIN_IS_WORD(long)
MYELIN_IS_WORD(unsigned long)
MYELIN_IS_WORD(long long)
MYELIN_IS_WORD(unsigned long long)
#undef MYELIN_IS_WORD

template <bool Is> struct Only {
};
template <> struct Only<true> {
    using type = void;
};

/** Why a frame can't be used: the first reason is kept. */
enum class Error : unsigned {
    none,
    overflow,  // put in: more words or capabilities than a message has
    underflow, // taken out: more than has come
    range,     // taken out: a number that does not fit, or a String longer than its room
};

/** Text or bytes to put in: not copied before the frame is used. */
class String
{
  public:
    template <size_t N> constexpr String(const char (&text)[N]) : text_(text), bytes_(N - 1)
    {
    }
    constexpr String(const char *text, size_t bytes) : text_(text), bytes_(bytes)
    {
    }

    constexpr const char *text() const
    {
        return text_;
    }
    constexpr size_t bytes() const
    {
        return bytes_;
    }

  private:
    const char *text_;
    size_t bytes_;
};

/** Room for a String to take out; it is terminated by a zero, which needs room, too. */
class Text
{
  public:
    template <size_t N> constexpr Text(char (&room)[N]) : room_(room), size_(N)
    {
    }
    constexpr Text(char *room, size_t size) : room_(room), size_(size)
    {
    }

    constexpr char *room() const
    {
        return room_;
    }
    constexpr size_t size() const
    {
        return size_;
    }

  private:
    char *room_;
    size_t size_;
};

/** A capability to delegate: the receiver gets a copy. */
struct Cap {
    seL4_CPtr slot;
};

/** Capabilities in slots side by side, three at most. */
struct Range {
    seL4_CPtr first;
    unsigned count;
};

/** Where a capability that has come is: in a slot of ours, which the taker cap_delete()s. */
struct Taken {
    seL4_CPtr &slot;
};

/** The badge of a capability that has come back to the server it leads to. */
struct Badge {
    seL4_Word &badge;
};

/**
 * A frame for messages of up to Words words each way; less make it smaller on the stack.
 * Frame below is for all messages there are.
 */
template <unsigned Words> class BasicFrame
{
    static_assert(Words >= 4 && Words <= MSG_WORDS_MAX,
                  "a message has 4 words in registers, 120 at most");

  public:
    /** An empty frame to send with a label. */
    explicit BasicFrame(seL4_Word label = 0) : label_(label)
    {
    }
    BasicFrame(const BasicFrame &) = delete;
    BasicFrame &operator=(const BasicFrame &) = delete;

    // ---- putting in ----

    /** An integer, bool or enum: one word, negative ones extended. */
    template <typename T, typename = typename Only<IsWord<T>::value>::type>
    MYELIN_FRAME_INLINE BasicFrame &operator<<(T value)
    {
        put(static_cast<seL4_Word>(value));
        return *this;
    }

    MYELIN_FRAME_INLINE BasicFrame &operator<<(const String &s)
    {
        put(s.bytes());
        put_bytes(s.text(), s.bytes());
        return *this;
    }

    BasicFrame &operator<<(Cap cap)
    {
        return *this << Range{ cap.slot, 1 };
    }

    BasicFrame &operator<<(Range range)
    {
        if (range.count > MSG_CAPS_MAX - gives_) {
            fail(Error::overflow);
            return *this;
        }
        for (unsigned i = 0; i < range.count; i++)
            give_[gives_++] = range.first + i;
        return *this;
    }

    /** A struct, as it is in memory. */
    template <typename T> BasicFrame &bytes(const T &object)
    {
        static_assert(__is_trivially_copyable(T), "only its bytes are sent");
        put_bytes(reinterpret_cast<const char *>(&object), sizeof object);
        return *this;
    }

    // ---- taking out ----

    /** An integer, bool or enum; Error::range: what came is no value of the type. */
    template <typename T, typename = typename Only<IsWord<T>::value>::type>
    MYELIN_FRAME_INLINE BasicFrame &operator>>(T &value)
    {
        const seL4_Word word = get();
        const T narrow = static_cast<T>(word);

        if (sizeof(T) < sizeof word && static_cast<seL4_Word>(narrow) != word)
            fail(Error::range);
        else if (error_ == Error::none)
            value = narrow;
        return *this;
    }

    BasicFrame &operator>>(const Text &t)
    {
        const seL4_Word bytes = get();

        if (error_ == Error::none && bytes >= t.size())
            fail(Error::range);
        if (get_bytes(t.room(), bytes))
            t.room()[bytes] = '\0';
        return *this;
    }

    BasicFrame &operator>>(Taken taken)
    {
        if (taken_ == SLOT_NULL)
            fail(Error::underflow);
        taken.slot = taken_;
        taken_ = SLOT_NULL;
        return *this;
    }

    BasicFrame &operator>>(Badge badge)
    {
        while (caps_got_ < caps_ && (unwrapped_ >> caps_got_ & 1) == 0)
            caps_got_++;
        if (caps_got_ >= caps_)
            fail(Error::underflow);
        else
            badge.badge = badges_[caps_got_++];
        return *this;
    }

    /** A struct, as it is in memory. */
    template <typename T> BasicFrame &take(T &object)
    {
        static_assert(__is_trivially_copyable(T), "only its bytes are sent");
        (void)get_bytes(reinterpret_cast<char *>(&object), sizeof object);
        return *this;
    }

    // ---- about it ----

    /** Whether everything so far was good. */
    explicit operator bool() const
    {
        return error_ == Error::none;
    }
    Error error() const
    {
        return error_;
    }

    /** The label of what has come: an answer's status, a request's operation. */
    seL4_Word tag() const
    {
        return tag_;
    }
    /** The badge of who has sent it. */
    seL4_Word badge() const
    {
        return badge_;
    }
    /** Words that have come and were not taken out. */
    unsigned left() const
    {
        return came_ - got_;
    }

    /** From now on a capability may come along (ipc/msg.h, accept). */
    BasicFrame &accept()
    {
        accept_ = true;
        return *this;
    }

    /** Make what has come into an answer: forget what was put in, and errors. */
    BasicFrame &answer(seL4_Word status = 0)
    {
        label_ = status;
        put_ = gives_ = 0;
        error_ = Error::none;
        return *this;
    }

    // ---- used by Portal and Server ----

    /** The words that go in registers and the IPC buffer; the message info. */
    MYELIN_FRAME_INLINE seL4_Word load(struct myelin_registers &r) const
    {
        r.word[0] = put_ > 0 ? first_out_[0] : 0; // nothing of our memory goes along
        r.word[1] = put_ > 1 ? first_out_[1] : 0;
        r.word[2] = put_ > 2 ? first_out_[2] : 0;
        r.word[3] = put_ > 3 ? first_out_[3] : 0;
        if (put_ > 4)
            spill<4>(seL4_GetIPCBuffer()->msg);
        for (unsigned i = 0; i < gives_; i++)
            seL4_GetIPCBuffer()->caps_or_badges[i] = give_[i];
        return label_ << 12 | gives_ << 7 | put_;
    }

    /** What has come there. */
    MYELIN_FRAME_INLINE void store(const struct myelin_registers &r, seL4_Word info)
    {
        first_in_[0] = r.word[0];
        first_in_[1] = r.word[1];
        first_in_[2] = r.word[2];
        first_in_[3] = r.word[3];
        tag_ = info >> 12;
        came_ = info & 127;
        got_ = 0;
        caps_ = caps_got_ = 0;
        taken_ = SLOT_NULL;
        if (__builtin_expect(came_ > 4, 0))
            fill(seL4_GetIPCBuffer()->msg);
        if (__builtin_expect((info & 3 << 7) != 0, 0))
            take_caps(info);
    }

    bool accepts() const
    {
        return accept_;
    }
    void set_badge(seL4_Word badge)
    {
        badge_ = badge;
    }
    void fail(Error error)
    {
        if (error_ == Error::none)
            error_ = error;
    }

    /** Say where a capability may come to; false: no slot is left for it. */
    bool offer() const
    {
        seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

        if (buffer->receiveIndex == SLOT_NULL)
            buffer->receiveIndex = cap_slot();
        buffer->receiveCNode = SLOT_CNODE;
        buffer->receiveDepth = seL4_WordBits;
        return buffer->receiveIndex != SLOT_NULL;
    }

  private:
    MYELIN_FRAME_INLINE void put(seL4_Word word)
    {
        if (put_ >= Words)
            fail(Error::overflow);
        else if (put_ < 4)
            first_out_[put_++] = word;
        else
            out_[put_++ - 4] = word;
    }

    MYELIN_FRAME_INLINE seL4_Word get()
    {
        if (got_ >= came_) {
            fail(Error::underflow);
            return 0;
        }
        return got_ < 4 ? first_in_[got_++] : in_[got_++ - 4];
    }

    MYELIN_FRAME_INLINE void put_bytes(const char *from, size_t bytes)
    {
        if (bytes > (Words - put_) * sizeof(seL4_Word)) {
            fail(Error::overflow);
            return;
        }
        size_t at = 0;
        for (seL4_Word word; bytes - at >= sizeof word; at += sizeof word) {
            __builtin_memcpy(&word, from + at, sizeof word);
            put(word);
        }
        if (bytes != at)
            put(tail<6>(from + at, bytes - at)); // the rest of the word is zeros
    }

    bool get_bytes(char *to, size_t bytes)
    {
        if (error_ != Error::none)
            return false;
        if (bytes > left() * sizeof(seL4_Word)) {
            fail(Error::underflow);
            return false;
        }
        for (size_t at = 0; at < bytes; at += sizeof(seL4_Word)) {
            const seL4_Word word = get();
            const size_t n = bytes - at < sizeof word ? bytes - at : sizeof word;
            __builtin_memcpy(to + at, &word, n);
        }
        return true;
    }

    // Bytes I, ..., 0 of `count`, one by one: of a constant text a constant.
    template <unsigned I> static MYELIN_FRAME_INLINE seL4_Word tail(const char *from, size_t count)
    {
        const seL4_Word byte =
            I < count ? static_cast<seL4_Word>(static_cast<unsigned char>(from[I])) << 8 * I : 0;

        if constexpr (I > 0)
            return byte | tail<I - 1>(from, count);
        else
            return byte;
    }

    // Word number I and those behind it; one by one, so that known numbers need no loop.
    template <unsigned I> MYELIN_FRAME_INLINE void spill(seL4_Word *message) const
    {
        if constexpr (I < 16 && I < Words) {
            if (I < put_) {
                message[I] = out_[I - 4];
                spill<I + 1>(message);
            }
        } else {
            for (unsigned i = I; i < put_; i++)
                message[i] = out_[i - 4];
        }
    }

    void fill(const seL4_Word *message)
    {
        if (came_ > Words)
            came_ = Words; // what is longer is cut
        for (unsigned i = 4; i < came_; i++)
            in_[i - 4] = message[i];
    }

    void take_caps(seL4_Word info)
    {
        seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

        caps_ = info >> 7 & 3;
        unwrapped_ = info >> 9 & ((1u << caps_) - 1);
        for (unsigned i = 0; i < caps_; i++)
            badges_[i] = buffer->caps_or_badges[i];
        if (accept_ && unwrapped_ != (1u << caps_) - 1) {
            taken_ = buffer->receiveIndex;
            buffer->receiveIndex = SLOT_NULL;
        }
    }

    seL4_Word label_, tag_ = 0, badge_ = 0;
    unsigned put_ = 0, came_ = 0, got_ = 0;
    unsigned gives_ = 0, caps_ = 0, caps_got_ = 0, unwrapped_ = 0;
    Error error_ = Error::none;
    bool accept_ = false;
    seL4_CPtr taken_ = SLOT_NULL;
    seL4_CPtr give_[MSG_CAPS_MAX];
    seL4_Word badges_[MSG_CAPS_MAX];
    seL4_Word first_out_[4], first_in_[4]; // these travel in registers
    seL4_Word out_[Words > 4 ? Words - 4 : 1], in_[Words > 4 ? Words - 4 : 1];
};

using Frame = BasicFrame<MSG_WORDS_MAX>;

/** What is called: a capability to an endpoint or portal. */
class Portal
{
  public:
    constexpr explicit Portal(seL4_CPtr cap) : cap_(cap)
    {
    }

    /**
     * Call with what was put into a frame; what comes is taken out of the same.
     *
     * @param until  deadline, as msg_call()
     * @return as msg_call(); MSG_INVALID: the frame has an error. A server that is starting or dead
     *         answers as such: who wants that seen to uses ipc/msg.h
     */
    template <unsigned Words>
    MYELIN_FRAME_INLINE enum msg_outcome call(BasicFrame<Words> &frame,
                                              msg_time until = MSG_FOREVER) const
    {
        struct myelin_registers r;

        if (!frame)
            return MSG_INVALID;
        if (frame.accepts() && !frame.offer())
            return MSG_NO_SLOT;
        r.rax = MYELIN_NATIVE;
        r.rdi = cap_;
        r.r14 = until;
        r.rsi = frame.load(r);
        myelin_enter_myelin_Call(&r);
        if (frame.accepts())
            seL4_GetIPCBuffer()->receiveCNode = SLOT_NULL;
        const seL4_Word outcome = r.rax == MYELIN_NATIVE ? r.rdi : r.rax;
        frame.store(r, outcome == MYELIN_OK ? r.rsi : 0);
        return static_cast<enum msg_outcome>(outcome);
    }

    constexpr seL4_CPtr cap() const
    {
        return cap_;
    }

  private:
    seL4_CPtr cap_;
};

/** The other side: an endpoint to receive on and a reply object to answer with. */
class Server
{
  public:
    constexpr Server(seL4_CPtr endpoint, seL4_CPtr reply) : endpoint_(endpoint), reply_(reply)
    {
    }

    /** Wait for a message; MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED, MSG_NO_SLOT. */
    template <unsigned Words>
    MYELIN_FRAME_INLINE enum msg_outcome receive(BasicFrame<Words> &frame,
                                                 msg_time until = MSG_FOREVER) const
    {
        struct myelin_registers r;

        if (frame.accepts() && !frame.offer())
            return MSG_NO_SLOT;
        r.rax = MYELIN_NATIVE;
        r.rdi = endpoint_;
        r.r12 = reply_;
        r.r14 = until;
        myelin_enter_myelin_Recv(&r);
        if (r.rax != MYELIN_NATIVE)
            return static_cast<enum msg_outcome>(r.rax);
        took(frame, r);
        return MSG_OK;
    }

    /** Signal, and wait for the first message, in one system call: for portal/portal.hpp. */
    template <unsigned Words>
    MYELIN_FRAME_INLINE enum msg_outcome first(BasicFrame<Words> &frame,
                                               seL4_CPtr notification) const
    {
        struct myelin_registers r;

        if (frame.accepts() && !frame.offer())
            return MSG_NO_SLOT;
        r.r13 = notification;
        r.rsi = 0;
        r.rdi = endpoint_;
        r.r12 = reply_;
        r.word[0] = r.word[1] = r.word[2] = r.word[3] = 0;
        myelin_enter_seL4_NBSendRecv(&r);
        took(frame, r);
        return MSG_OK;
    }

    /**
     * Answer with what was put into a frame since answer(), and wait for the next message. One with
     * an error, overflow for example, is answered with that as status and nothing else.
     */
    template <unsigned Words>
    MYELIN_FRAME_INLINE enum msg_outcome reply_receive(BasicFrame<Words> &frame) const
    {
        struct myelin_registers r;

        if (frame.accepts() && !frame.offer())
            return MSG_NO_SLOT;
        if (!frame)
            frame.answer(static_cast<seL4_Word>(frame.error()));
        r.rdi = endpoint_;
        r.r12 = reply_;
        r.rsi = frame.load(r);
        myelin_enter_seL4_ReplyRecv(&r);
        took(frame, r);
        return MSG_OK;
    }

  private:
    template <unsigned Words>
    static MYELIN_FRAME_INLINE void took(BasicFrame<Words> &frame, const struct myelin_registers &r)
    {
        if (frame.accepts())
            seL4_GetIPCBuffer()->receiveCNode = SLOT_NULL;
        frame.store(r, r.rsi);
        frame.set_badge(r.rdi);
    }

    seL4_CPtr endpoint_, reply_;
};

} // namespace myelin
