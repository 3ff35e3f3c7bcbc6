// Whether the program is built with a sanitizer that follows what is done with memory: for code,
// and for the preprocessor TROOP_ADDRESS_SANITIZER and TROOP_THREAD_SANITIZER, defined then.
//
//   if constexpr (underAddressSanitizer) ...
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TROOP_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define TROOP_THREAD_SANITIZER 1
#endif
#endif

namespace [[gnu::visibility("hidden")]] troop {

#ifdef TROOP_ADDRESS_SANITIZER
inline constexpr bool underAddressSanitizer = true;
#else
inline constexpr bool underAddressSanitizer = false;
#endif
#ifdef TROOP_THREAD_SANITIZER
inline constexpr bool underThreadSanitizer = true;
#else
inline constexpr bool underThreadSanitizer = false;
#endif
inline constexpr bool underSanitizer = underAddressSanitizer || underThreadSanitizer;

}  // namespace troop
