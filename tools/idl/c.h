/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the writers of C share: how parameters and results look in the functions of each side.
 * Names of our own in generated code end in '_', which no name of a schema does.
 */
#pragma once

#include "model.h"

#include <string>
#include <vector>

namespace idl
{

/* A parameter of a C function. */
struct Arg {
    std::string type, name; /* type ends in '*' or a blank is put between */
};

/* Whose function: the client's, the handler's, or the one that answers later. */
std::vector<Arg> client_args(const Method &m);
std::vector<Arg> handler_args(const Method &m);
std::vector<Arg> answer_args(const Method &m);

std::string declared(const std::vector<Arg> &args); /* "T a, T *b", without any: "" */
std::string named(const std::vector<Arg> &args);    /* "a, b" */

/* A function's head, broken into lines of at most 100 columns. */
std::string head(const std::string &before, const std::vector<Arg> &args);

std::string label(const Interface &i, const Method &m);
std::string stub_name(const Interface &i, const Method &m);

/* What a stub is made of, beside the words of its messages (c_direct.cc). */
struct StubParts {
    std::string head, unions, set; /* sent_ and came_; sent_'s words are set */
    std::string items, sent, came; /* for call_rest() */
    std::string get;               /* results, as call_rest() gave them */
};
std::string direct_stub(const Interface &i, const Method &m, const StubParts &parts);

/* Of those that are not plain: whether they are inline, and the stub. */
bool is_inline(const Interface &i, const Method &m);
std::string stub_text(const Interface &i, const Method &m);

/* The same of dispatch: variables, arguments of the handler, its results into came_. */
struct HandlerParts {
    std::string variables, call, set;
    bool is_inline; /* in dispatch, whose registers stay registers */
};
/*
 * Whether numbers of a direct method are made and taken by shifting words; and one of them, out of
 * the expression for its word.
 */
bool by_words(const Record &r);
std::string field_taken(const Field &f, const std::string &word);
std::string direct_handler(const Interface &i, const Method &m, const HandlerParts &parts);

/* Unnamed results that are numbers, from came_ to the stub's caller. */
std::string results_get(const Record &r);

/* Text whose %names% are replaced. */
std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values);

} // namespace idl
