// SPDX-License-Identifier: BSD-2-Clause
/*
 * Breaks when a C++ message frame costs more instructions than the same message by hand, loses or
 * invents words, or reads and writes past its bounds.
 *
 * The kernel is played here: a child process runs each case and is stepped through, instruction by
 * instruction. Where it enters the kernel, this program takes the message out of its registers and
 * IPC buffer and puts an answer there.
 */
#include <frame/frame.hpp>

extern "C" {
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
}

using myelin::Cap;
using myelin::Frame;
using myelin::Portal;
using myelin::Range;
using myelin::String;
using myelin::Text;

namespace
{

int count, failed;

void ok(bool good, const char *name)
{
    count++;
    failed += !good;
    printf("%sok %d - %s\n", good ? "" : "not ", count, name);
}

/* What both processes see. */
struct Shared {
    seL4_IPCBuffer buffer;
    seL4_IPCBuffer *at; // where gs leads, 1024 bytes on
    seL4_Word sent[MSG_WORDS_MAX], info, calls;
    seL4_Word result;
    bool good;
};
Shared *shared;

/* ---- the cases: each as a frame and by hand ---- */

enum : seL4_Word { ADD = 20, ECHO = 21, CAPS = 22, SHORT = 23, DEAD = 24 };

__attribute__((noipa)) bool add_frame(seL4_CPtr cap, unsigned long a, unsigned long b,
                                      unsigned long *sum)
{
    Frame frame(ADD);

    frame << a << b;
    return Portal(cap).call(frame) == MSG_OK && frame >> *sum;
}

/* The kernel entry, and what is not to be forgotten: the outcome, and whether a word came. */
__attribute__((noipa)) bool add_by_hand(seL4_CPtr cap, unsigned long a, unsigned long b,
                                        unsigned long *sum)
{
    struct myelin_registers r;

    r.rax = MYELIN_NATIVE;
    r.rdi = cap;
    r.rsi = ADD << 12 | 2;
    r.r14 = MSG_FOREVER;
    r.word[0] = a;
    r.word[1] = b;
    r.word[2] = r.word[3] = 0;
    myelin_enter_myelin_Call(&r);
    if ((r.rax == MYELIN_NATIVE ? r.rdi : r.rax) != MYELIN_OK)
        return false;
    /* More words than registers hold, or capabilities, would have to be looked at. */
    if ((r.rsi & 127) > 4 || (r.rsi & 3 << 7) != 0)
        return false;
    if ((r.rsi & 127) == 0)
        return false;
    *sum = r.word[0];
    return true;
}

__attribute__((noipa)) bool text_frame(seL4_CPtr cap, unsigned *result)
{
    Frame frame(ADD);

    frame << 1 << String("foo");
    return Portal(cap).call(frame) == MSG_OK && frame >> *result;
}

__attribute__((noipa)) bool text_by_hand(seL4_CPtr cap, unsigned *result)
{
    struct myelin_registers r;

    r.rax = MYELIN_NATIVE;
    r.rdi = cap;
    r.rsi = ADD << 12 | 3;
    r.r14 = MSG_FOREVER;
    r.word[0] = 1;
    r.word[1] = 3;
    r.word[2] = 'f' | 'o' << 8 | 'o' << 16;
    r.word[3] = 0;
    myelin_enter_myelin_Call(&r);
    if ((r.rax == MYELIN_NATIVE ? r.rdi : r.rax) != MYELIN_OK)
        return false;
    if ((r.rsi & 127) > 4 || (r.rsi & 3 << 7) != 0)
        return false;
    if ((r.rsi & 127) == 0 || static_cast<unsigned>(r.word[0]) != r.word[0])
        return false;
    *result = static_cast<unsigned>(r.word[0]);
    return true;
}

__attribute__((noipa)) bool ten_frame(seL4_CPtr cap, const seL4_Word *word)
{
    Frame frame(ADD);

    frame << word[0] << word[1] << word[2] << word[3] << word[4] << word[5] << word[6] << word[7]
          << word[8] << word[9];
    return Portal(cap).call(frame) == MSG_OK;
}

__attribute__((noipa)) bool ten_by_hand(seL4_CPtr cap, const seL4_Word *word)
{
    struct myelin_registers r;
    seL4_Word *message = seL4_GetIPCBuffer()->msg;

    r.rax = MYELIN_NATIVE;
    r.rdi = cap;
    r.rsi = ADD << 12 | 10;
    r.r14 = MSG_FOREVER;
    r.word[0] = word[0];
    r.word[1] = word[1];
    r.word[2] = word[2];
    r.word[3] = word[3];
    message[4] = word[4];
    message[5] = word[5];
    message[6] = word[6];
    message[7] = word[7];
    message[8] = word[8];
    message[9] = word[9];
    myelin_enter_myelin_Call(&r);
    if ((r.rax == MYELIN_NATIVE ? r.rdi : r.rax) != MYELIN_OK)
        return false;
    return (r.rsi & 127) <= 4 && (r.rsi & 3 << 7) == 0;
}

/* ---- what a frame does ---- */

bool nested()
{
    Frame outer(ECHO), inner(ECHO);
    seL4_Word word;

    for (seL4_Word i = 0; i < 20; i++)
        outer << i;
    inner << 7 << String("a string in the inner frame, longer than four words");
    if (Portal(1).call(inner) != MSG_OK || Portal(1).call(outer) != MSG_OK)
        return false;
    Frame another(ECHO); // between an answer and taking it out
    another << 1 << 2 << 3 << 4 << 5 << 6;
    if (Portal(1).call(another) != MSG_OK)
        return false;
    for (seL4_Word i = 0; i < 20; i++)
        if (!(outer >> word) || word != i)
            return false;
    char text[64];
    int seven;
    return inner >> seven >> Text(text) && seven == 7 && outer.left() == 0 &&
           strcmp(text, "a string in the inner frame, longer than four words") == 0;
}

bool overflow()
{
    Frame frame(ECHO);

    for (int i = 0; i < 120; i++)
        frame << i;
    if (!frame)
        return false;
    frame << 1;
    return frame.error() == myelin::Error::overflow && Portal(1).call(frame) == MSG_INVALID &&
           shared->calls == 0;
}

bool overflow_text()
{
    static char text[961];
    Frame frame(ECHO), full(ECHO);

    frame << String(text, 961);
    full << String(text, 119 * 8) << String("");
    return frame.error() == myelin::Error::overflow && full.error() == myelin::Error::overflow;
}

bool overflow_caps()
{
    Frame frame(ECHO), range(ECHO), wrap(ECHO);

    frame << Range{ 5, 2 } << Cap{ 9 } << Cap{ 10 };
    range << Range{ 5, 4 };
    wrap << Cap{ 1 } << Range{ 5, ~0u };
    return frame.error() == myelin::Error::overflow && range.error() == myelin::Error::overflow &&
           wrap.error() == myelin::Error::overflow;
}

bool underflow()
{
    Frame frame(SHORT); // is answered with one word
    seL4_Word a = 5, b = 6;

    if (Portal(1).call(frame) != MSG_OK || !(frame >> a))
        return false;
    frame >> b;
    return frame.error() == myelin::Error::underflow && b == 6;
}

bool underflow_text()
{
    Frame frame(ECHO);
    char text[16] = "untouched";

    frame << 9; // a length, and nothing behind it
    if (Portal(1).call(frame) != MSG_OK)
        return false;
    frame >> Text(text);
    return frame.error() == myelin::Error::underflow && strcmp(text, "untouched") == 0;
}

bool text_too_long()
{
    Frame frame(ECHO);
    char text[8] = "1234567";

    frame << String("12345678");
    if (Portal(1).call(frame) != MSG_OK)
        return false;
    frame >> Text(text);
    return frame.error() == myelin::Error::range && strcmp(text, "1234567") == 0;
}

bool text_length_wraps()
{
    Frame frame(ECHO);
    char text[8] = "1234567";

    frame << ~0ul << ~0ul;
    if (Portal(1).call(frame) != MSG_OK)
        return false;
    frame >> Text(text);
    return !frame && strcmp(text, "1234567") == 0;
}

bool narrow()
{
    Frame frame(ECHO);
    unsigned char byte = 1;
    int minus = 0;
    bool flag = false;

    frame << -5 << 2 << 256;
    if (Portal(1).call(frame) != MSG_OK || !(frame >> minus) || minus != -5)
        return false;
    frame >> flag;
    if (frame.error() != myelin::Error::range)
        return false;
    frame.answer(ECHO);
    frame >> byte;
    return frame.error() == myelin::Error::range && byte == 1;
}

struct Point {
    int x, y, z;
};

bool structs()
{
    Frame frame(ECHO);
    const Point in{ 1, -2, 3 };
    Point out{ 0, 0, 0 };

    frame.bytes(in);
    return Portal(1).call(frame) == MSG_OK && frame.take(out) && out.x == 1 && out.y == -2 &&
           out.z == 3 && frame.left() == 0;
}

bool small_frame()
{
    myelin::BasicFrame<4> frame(ECHO);
    seL4_Word word;

    frame << 1 << 2 << 3 << 4;
    if (!frame || Portal(1).call(frame) != MSG_OK)
        return false;
    return frame >> word >> word >> word >> word && word == 4 && !(frame << 1 << 2 << 3 << 4 << 5);
}

bool cut()
{
    myelin::BasicFrame<6> frame(DEAD + 1); // is answered with 100 words
    seL4_Word word;

    if (Portal(1).call(frame) != MSG_OK || frame.left() != 6)
        return false;
    for (seL4_Word i = 0; i < 6; i++)
        if (!(frame >> word) || word != i)
            return false;
    frame >> word;
    return frame.error() == myelin::Error::underflow;
}

bool no_words_of_ours()
{
    seL4_Word junk[40];
    for (auto &word : junk)
        __asm__ volatile("movq $0x1234, %0" : "=m"(word));
    Frame frame(ECHO);
    frame << 1;
    return Portal(1).call(frame) == MSG_OK && shared->sent[0] == 1 && shared->sent[1] == 0 &&
           shared->sent[2] == 0 && shared->sent[3] == 0;
}

bool dead()
{
    Frame frame(DEAD);
    seL4_Word word = 5;

    if (Portal(1).call(frame) != MSG_DEAD)
        return false;
    frame >> word;
    return frame.error() == myelin::Error::underflow && word == 5;
}

bool caps_sent()
{
    Frame frame(CAPS);

    frame << Range{ 40, 2 } << Cap{ 50 };
    return Portal(1).call(frame) == MSG_OK && (shared->info >> 7 & 3) == 3 &&
           shared->buffer.caps_or_badges[1] == 41 && shared->buffer.caps_or_badges[2] == 50;
}

bool caps_come()
{
    Frame frame(CAPS);
    seL4_CPtr slot = 0, none = 0;

    frame.accept() << Cap{ 50 };
    if (Portal(1).call(frame) != MSG_OK || shared->buffer.receiveCNode != SLOT_NULL)
        return false;
    frame >> myelin::Taken{ slot };
    if (!frame || slot != 4711)
        return false;
    frame >> myelin::Taken{ none };
    return frame.error() == myelin::Error::underflow && none == SLOT_NULL;
}

unsigned long sum;
unsigned number;
const seL4_Word ten[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

bool run_add_frame()
{
    return add_frame(1, 20, 22, &sum) && sum == 42;
}
bool run_add_by_hand()
{
    return add_by_hand(1, 20, 22, &sum) && sum == 42;
}
bool run_text_frame()
{
    return text_frame(1, &number) && number == 4;
}
bool run_text_by_hand()
{
    return text_by_hand(1, &number) && number == 4;
}
bool run_ten_frame()
{
    return ten_frame(1, ten) && shared->sent[9] == 10;
}
bool run_ten_by_hand()
{
    return ten_by_hand(1, ten) && shared->sent[9] == 10;
}

/* ---- the kernel ---- */

/* Answer the call whose message is in shared->sent. */
void answer(struct user_regs_struct *r)
{
    const seL4_Word label = shared->info >> 12, words = shared->info & 127;
    seL4_Word reply[MSG_WORDS_MAX] = { 0 }, length = words, caps = 0;

    r->rdi = MYELIN_OK;
    memcpy(reply, shared->sent, sizeof reply);
    if (label == ADD) {
        reply[0] = shared->sent[0] + shared->sent[1];
        length = 1;
    } else if (label == SHORT) {
        length = 1;
    } else if (label == DEAD) {
        r->rdi = MYELIN_DEAD;
    } else if (label == DEAD + 1) {
        length = 100;
        for (seL4_Word i = 0; i < length; i++)
            reply[i] = i;
    } else if (label == CAPS) {
        caps = shared->buffer.receiveCNode != SLOT_NULL;
    }
    r->rsi = caps << 7 | length;
    r->r10 = reply[0];
    r->r8 = reply[1];
    r->r9 = reply[2];
    r->r15 = reply[3];
    for (seL4_Word i = 4; i < length; i++)
        shared->buffer.msg[i] = reply[i];
}

void enter(struct user_regs_struct *r)
{
    shared->calls++;
    shared->info = r->rsi;
    memcpy(shared->sent, shared->buffer.msg, sizeof shared->sent);
    shared->sent[0] = r->r10;
    shared->sent[1] = r->r8;
    shared->sent[2] = r->r9;
    shared->sent[3] = r->r15;
    answer(r);
    r->rip += 2;
}

volatile bool stepping; /* in the child: what lies between is counted */

void child(bool (*run)())
{
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    syscall(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS */,
            reinterpret_cast<char *>(&shared->at) - MYELIN_THREAD_BUFFER);
    raise(SIGSTOP);
    stepping = true;
    shared->good = run();
    stepping = false;
    raise(SIGSTOP);
    _exit(0);
}

/* Instructions from one stop to the other; -1: the child came to another end. */
long step_through(pid_t pid)
{
    struct user_regs_struct r;
    long steps = 0;
    int status;

    for (;; steps++) {
        if (ptrace(PTRACE_GETREGS, pid, nullptr, &r) != 0)
            return -1;
        const long code = ptrace(PTRACE_PEEKTEXT, pid, reinterpret_cast<void *>(r.rip), nullptr);
        if ((code & 0xffff) == 0x050f && (r.rax & 0xffffffff) == MYELIN_NATIVE) {
            enter(&r);
            ptrace(PTRACE_SETREGS, pid, nullptr, &r);
        } else if ((code & 0xffff) == 0x050f) {
            return steps; // the second stop's own system calls
        } else {
            ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr);
            if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
                return -1;
        }
    }
}

long run(bool (*test)())
{
    int status;

    memset(shared, 0xaa, sizeof *shared);
    shared->at = &shared->buffer;
    shared->buffer.receiveIndex = shared->buffer.receiveCNode = 0;
    shared->calls = 0;
    shared->good = false;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        child(test);
    waitpid(pid, &status, 0);
    // Out of raise(): its system call has been made.
    const long steps = step_through(pid);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return shared->good ? steps : -1;
}

void compare(const char *name, bool (*frame)(), bool (*hand)())
{
    const long by_frame = run(frame), by_hand = run(hand);

    printf("# %s: %ld instructions, by hand %ld\n", name, by_frame, by_hand);
    ok(by_frame > 0 && by_hand > 0 && by_frame <= by_hand, name);
}

} // namespace

/* What ipc/cap.h has; here there is one slot. */
extern "C" seL4_CPtr cap_slot(void)
{
    return 4711;
}

int main()
{
    shared = static_cast<Shared *>(
        mmap(nullptr, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    compare("two integers there, one back, no more than by hand", run_add_frame, run_add_by_hand);
    compare("an integer and a string there, an integer back", run_text_frame, run_text_by_hand);
    compare("ten integers there", run_ten_frame, run_ten_by_hand);
    static const struct {
        const char *name;
        bool (*test)();
    } tests[] = {
        { "frames nest, one leaves the other alone", nested },
        { "120 words fit, one more is an overflow and not sent", overflow },
        { "a string that does not fit is one, too", overflow_text },
        { "so is a fourth capability", overflow_caps },
        { "what has not come is an underflow", underflow },
        { "so is a string whose end has not", underflow_text },
        { "a string longer than its room is refused, and nothing written", text_too_long },
        { "so is one of impossible length", text_length_wraps },
        { "a number that does not fit its type is refused", narrow },
        { "structs go and come as they are", structs },
        { "a small frame", small_frame },
        { "an answer longer than the frame is cut", cut },
        { "registers that carry no word carry nothing of ours", no_words_of_ours },
        { "a call that ends without an answer leaves nothing to take out", dead },
        { "capabilities and ranges are delegated in order", caps_sent },
        { "a capability that comes is in a slot of ours", caps_come },
    };
    for (const auto &t : tests)
        ok(run(t.test) >= 0, t.name);
    printf("1..%d\n", count);
    return failed != 0;
}
