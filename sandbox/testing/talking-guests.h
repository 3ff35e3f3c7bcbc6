// Guests that talk to others, for tests of what they hear and say.
//
//   Guest front = host.spawn(image(relay), {.grants = {{"next", echo.capability()}}});
#pragma once

#include <string>
#include <string_view>

#include "sandbox/testing/wat-guests.h"

namespace troop::sandbox::testing {

inline const WatGuest echo{.onCall = std::string(echoBody)};
inline const WatGuest spinner{.onCall = "(loop $l (br $l))"};
inline const WatGuest silent{};

// Passes each call on to the first capability it was granted, and answers with what comes back. One
// at a time.
inline const WatGuest relay{
    .onStart = "(global.set $cap (i32.load (local.get $caps)))",
    .onCall =
        "(global.set $caller (local.get $id))"
        "(global.set $question (call $call (global.get $cap) (i64.const 0x1234) (local.get $method)"
        "  (local.get $body) (local.get $size) (local.get $caps) (local.get $count)))",
    .onResult =
        "(drop (call $answer (global.get $caller) (local.get $body) (local.get $size)"
        "  (local.get $caps) (local.get $count)))"
        "(call $finish (local.get $id))",
    .onError =
        "(drop (call $fail (global.get $caller) (local.get $method) (local.get $body) (local.get "
        "$size)))"
        "(call $finish (local.get $id))",
    .more =
        "(global $cap (mut i32) (i32.const 0)) (global $caller (mut i32) (i32.const 0))"
        "(global $question (mut i32) (i32.const 0))"};

// Writes at 2048 a message of 24 bytes whose root has one pointer, to the first capability.
inline constexpr std::string_view messageWithCapability =
    "(i64.store (i32.const 2048) (i64.const 0x200000000)) (i64.store (i32.const 2056) (i64.const "
    "0x1000000000000))"
    "(i64.store (i32.const 2064) (i64.const 3))";

// Method 1 of the main object gives an object of its own; objects echo, and count down when
// released.
inline const WatGuest factory{
    .onCall =
        "(if (i32.and (i32.eqz (local.get $object)) (i32.eq (local.get $method) (i32.const 1)))"
        "(then " +
        std::string(messageWithCapability) +
        "  (i32.store (i32.const 1024) (call $serve (i32.const 7)))"
        "  (drop (call $answer (local.get $id) (i32.const 2048) (i32.const 24) (i32.const 1024) "
        "(i32.const 1)))"
        "  (call $release (i32.load (i32.const 1024))))"
        // Method 2: how often object 7 was released so far.
        "(else (if (i32.and (i32.eqz (local.get $object)) (i32.eq (local.get $method) (i32.const "
        "2)))"
        "(then (i64.store (i32.add (local.get $body) (i32.const 16)) (i64.extend_i32_u (global.get "
        "$released)))" +
        std::string(echoBody) +
        ")"
        "(else " +
        std::string(echoBody) + "))))",
    .onReleased =
        "(if (i32.eq (local.get $object) (i32.const 7))"
        "(then (global.set $released (i32.add (global.get $released) (i32.const 1)))))",
    .more = "(global $released (mut i32) (i32.const 0))"};

}  // namespace troop::sandbox::testing
