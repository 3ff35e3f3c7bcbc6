// Has fio read the file that ours reads, in the same way.
#pragma once

namespace troop::peers {

// `program` is fio's, of version 3; throws where it fails.
void loadFio(const char* program);

}  // namespace troop::peers
