#include "proxy/compiler/emit-cpp.h"
namespace troop::proxy::compiler { std::vector<OutputFile> emitCpp(const File&) { return {}; } }
