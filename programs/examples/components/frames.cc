// SPDX-License-Identifier: BSD-2-Clause
/*
 * An echo portal in C++, and nested frames: the portal of `shout` is called while the frame for
 * `echo` is being filled, and neither disturbs the other.
 */
#include <portal/portal.hpp>

extern "C" {
#include <stdio.h>
#include <string.h>
}

using myelin::Frame;
using myelin::Portal;
using myelin::String;
using myelin::Text;

namespace
{

/* Answers with what it is sent. */
void echo(Frame &frame, seL4_Word id)
{
    char text[100];

    frame >> Text(text);
    if (frame)
        frame.answer() << id << String(text, strlen(text));
    else
        frame.answer(1);
}

/* The same in capitals. */
void shout(Frame &frame, seL4_Word)
{
    char text[100];

    frame >> Text(text);
    for (char *c = text; frame && *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = static_cast<char>(*c - 'a' + 'A');
    if (frame)
        frame.answer() << String(text, strlen(text));
    else
        frame.answer(1);
}

/* A capital version, by a frame of its own. */
const char *shouted(const Portal &portal, const char *text, char (&to)[100])
{
    Frame frame;

    frame << String(text, strlen(text));
    return portal.call(frame) == MSG_OK && frame >> Text(to) ? to : "?";
}

} // namespace

int main()
{
    myelin::ServedPortal<decltype(echo)> echoes(echo);
    myelin::ServedPortal<decltype(shout)> shouts(shout);
    seL4_CPtr echo_cap = 0, shout_cap = 0;

    if (echoes.create() != seL4_NoError || shouts.create() != seL4_NoError ||
        echoes.mint(7, false, echo_cap) != seL4_NoError ||
        shouts.mint(8, false, shout_cap) != seL4_NoError)
        return 1;

    char text[100], loud[100];
    unsigned id = 0;
    Frame frame;
    const char *word = shouted(Portal(shout_cap), "nested", loud);
    frame << String(word, strlen(word));
    if (Portal(echo_cap).call(frame) == MSG_OK && frame >> id >> Text(text))
        printf("portal %u says: %s\n", id, text);
    frame >> id;
    printf("more than came: %s\n", frame.error() == myelin::Error::underflow ? "refused" : "read");
    echoes.destroy();
    shouts.destroy();
    return 0;
}
