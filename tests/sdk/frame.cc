// SPDX-License-Identifier: BSD-2-Clause
/* Frames and portals in C++, with the real kernel. */
#include <portal/portal.hpp>

extern "C" {
#include "sdk.h"
}

using myelin::Cap;
using myelin::Frame;
using myelin::Portal;
using myelin::String;
using myelin::Text;

namespace
{

enum Operation : seL4_Word { COUNT = 16, REPEAT, NOTIFY, RELAY, MANY };

seL4_CPtr inner_cap;

/* Length of a string and a number more; a text repeated; signals a notification that came along. */
void serve(Frame &frame, seL4_Word id)
{
    char text[200];
    unsigned number = 0;

    switch (frame.tag()) {
    case COUNT:
        if (frame >> number >> Text(text))
            frame.answer() << strlen(text) + number << id;
        else
            frame.answer(1);
        break;
    case REPEAT:
        if (frame >> number >> Text(text)) {
            frame.answer();
            for (unsigned i = 0; i < number; i++)
                frame << String(text, strlen(text));
        } else {
            frame.answer(1);
        }
        break;
    case NOTIFY: {
        seL4_CPtr slot;
        frame >> myelin::Taken{ slot };
        frame.answer(frame ? 0 : 1);
        if (slot != SLOT_NULL) {
            msg_notify(slot);
            (void)cap_delete(slot);
        }
        break;
    }
    case RELAY: { // a frame of its own, before the outer one is answered
        Frame inner(COUNT);
        inner << 1000 << String("inner text that is longer than four words are");
        seL4_Word sum = 0;
        if (Portal(inner_cap).call(inner) == MSG_OK)
            inner >> sum;
        frame >> number >> Text(text);
        frame.answer() << sum << String(text, strlen(text));
        break;
    }
    default: frame.answer(99); break;
    }
}

void test_calls(seL4_CPtr cap)
{
    const Portal portal(cap);
    unsigned result = 0;
    seL4_Word id = 0;

    Frame frame(COUNT);
    frame << 1 << String("foo");
    check(portal.call(frame) == MSG_OK && frame >> result >> id && result == 4 && id == 3,
          "frame: an integer and a string to a portal, integers back");
    Frame wrong(COUNT);
    wrong << 1;
    check(portal.call(wrong) == MSG_OK && wrong.tag() == 1,
          "frame: a message without its string is an error for the portal");
    Frame twice(REPEAT);
    char a[100], b[100];
    twice << 2 << String("a text of more than thirty-two bytes, which is four words");
    check(portal.call(twice) == MSG_OK && twice >> Text(a) >> Text(b) && strcmp(a, b) == 0 &&
              strlen(a) == 57 && twice.left() == 0,
          "frame: long strings in both directions");
    Frame much(REPEAT);
    much << 20 << String("a text of more than thirty-two bytes, which is four words");
    check(portal.call(much) == MSG_OK &&
              much.tag() == static_cast<seL4_Word>(myelin::Error::overflow) && much.left() == 0,
          "frame: an answer that overflows is an error");
    Frame none(MANY);
    check(portal.call(none) == MSG_OK && none.tag() == 99, "frame: an unknown operation");
    none >> id;
    check(none.error() == myelin::Error::underflow, "frame: nothing came with it");
}

void test_nested(seL4_CPtr cap)
{
    Frame frame(RELAY);
    char text[64];
    unsigned sum = 0;

    frame << 5u << String("outer text, which is also longer than four words");
    check(Portal(cap).call(frame) == MSG_OK && frame >> sum >> Text(text) && sum == 1045 &&
              strcmp(text, "outer text, which is also longer than four words") == 0,
          "frame: a portal that calls another before it has read its own message");
}

void test_caps(seL4_CPtr cap)
{
    seL4_CPtr note = 0, badged = 0;
    seL4_Word bits = 0;

    (void)notification_create(&note);
    (void)cap_mint(note, CAP_SEND, 9, &badged);
    Frame frame(NOTIFY);
    frame << Cap{ badged };
    check(Portal(cap).call(frame) == MSG_OK && msg_wait(note, MSG_NOW, &bits) == MSG_DEADLINE,
          "frame: a portal that accepts no capability gets none");
    (void)cap_delete(badged);
    (void)cap_delete(note);
}

void test_deadline()
{
    seL4_CPtr nobody = 0;

    (void)endpoint_create(&nobody);
    Frame frame(COUNT);
    seL4_Word word = 7;
    frame << 1;
    check(Portal(nobody).call(frame, msg_in_us(300)) == MSG_DEADLINE, "frame: a deadline");
    frame >> word;
    check(!frame && word == 7, "frame: nothing came");
    (void)cap_delete(nobody);
}

} // namespace

void test_frame(void)
{
    const struct left before = left_now();
    seL4_CPtr cap = 0;
    auto outer = [](Frame &frame, seL4_Word id) { serve(frame, id); };
    auto inner = [](Frame &frame, seL4_Word id) { serve(frame, id); };
    myelin::ServedPortal<decltype(outer)> portal(outer);
    myelin::ServedPortal<decltype(inner)> second(inner);

    check(portal.create() == seL4_NoError && second.create() == seL4_NoError &&
              portal.mint(3, true, cap) == seL4_NoError &&
              second.mint(4, false, inner_cap) == seL4_NoError,
          "frame: two portals in C++");
    test_calls(cap);
    test_nested(cap);
    test_caps(cap);
    test_deadline();
    portal.destroy();
    second.destroy();
    (void)cap_delete(cap);
    (void)cap_delete(inner_cap);
    check(left_same(before), "frame: nothing is left behind");
}
