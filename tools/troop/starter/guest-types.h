// The text of sandbox/sdk/js/troop.d.ts, which `troop new` writes into the folders of plugins.
#pragma once

namespace troop::starter {

extern const char* const guestTypes;

}  // namespace troop::starter
