// The two halves of what is written for C++, and what they share.
#pragma once

#include <string>
#include <vector>

#include "proxy/compiler/cpp/names.h"
#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

std::string cppHeader(const CppNames& names, const File& file);
std::string cppSource(const CppNames& names, const File& file);

// The methods that a proxy class has itself: its own, and those of all that it extends but of its
// first superclass, which is its base class.
std::vector<const Method*> cppMethods(const Interface& interface);

// What a method returns: a Promise of its results, or a class of its own that calls can be
// pipelined on.
std::string cppPromise(const CppNames& names, const Method& method);

// Whether there is a class for what calls can be pipelined on where it is in results that have not
// arrived; results themselves have their Promise for that.
bool cppHasPipeline(const Struct& structure);

// What leads to capabilities in results that have not arrived: a field's class, or "" if none.
std::string cppPipelined(const CppNames& names, const Field& field);

}  // namespace troop::proxy::compiler
