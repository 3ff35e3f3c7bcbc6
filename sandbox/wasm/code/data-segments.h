// The engine gives an instance its first memory by mapping an image of it, which takes no time. It
// copies instead, all at once and without a look at its epoch, what it cannot put into an image:
// data at a place that is computed, or outside memory, or spread too thin. A module that would
// have more copied than fits into a turn is refused.
//
// Threads: any; pure. Errors: throws Error (failed) that says which data is meant. Misuse: code
// that the engine has not validated.
//
//   refuseDataThatIsCopied(code);
#pragma once

#include <cstddef>
#include <span>

namespace troop::sandbox::wasm {

// How many pages of 4 KiB may be written when an instance is made: less than a millisecond.
inline constexpr std::size_t copiedPagesMax = 256;

// How much memory the engine always makes an image of, however little of it has data; beyond that
// half of it must have. See `memory_guaranteed_dense_image_size` of Wasmtime's Config.
inline constexpr std::size_t denseImageBytes = std::size_t{16} << 20;

void refuseDataThatIsCopied(std::span<const std::byte> module);

}  // namespace troop::sandbox::wasm
