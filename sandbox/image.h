// An Image is code made ready: checked, compiled, and started as far as it is the same for each
// guest. Guests are spawned from it in microseconds and share its memory until they write to it.
//
// Ownership: a value; copies share the image. It may outlive its Host but is of use to that one
// only. Threads: any. Made by Host::compile().
//
//   Image image = host.compile("plugin.js");
//   Guest one = host.spawn(image), other = host.spawn(image);
#pragma once

#include <cstddef>
#include <string>

#include "runtime/ref.h"

namespace troop::sandbox {

namespace wasm {
class Image;
}

class Image {
 public:
  explicit Image(Ref<const wasm::Image> body);
  Image(const Image&);
  Image(Image&&) noexcept;
  Image& operator=(Image) noexcept;
  ~Image();

  const std::string& name() const noexcept;  // of the file that it was made from
  std::size_t memoryBytes() const noexcept;  // that a guest has at its start

  const wasm::Image& body() const noexcept { return *body_; }
  const Ref<const wasm::Image>& ref() const noexcept { return body_; }

 private:
  Ref<const wasm::Image> body_;
};

}  // namespace troop::sandbox
