// One value of each kind of struct in everything.capnp, with something in every field: what the
// tests of C++ and of JavaScript both know.
#pragma once

#include "proxy/compiler/testdata/everything.troop.h"

namespace troop::test {

std::vector<std::byte> bytesOf(std::initializer_list<int> bytes);

Scalars sampleScalars();
Defaults sampleDefaults();  // no field has its default
Lists sampleLists();
Shape sampleShape();
Groups sampleGroups();
Tree sampleTree();
Outer sampleOuter();
Keywords sampleKeywords();

}  // namespace troop::test
