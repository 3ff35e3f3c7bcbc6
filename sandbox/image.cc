#include "sandbox/image.h"

#include <utility>

#include "sandbox/wasm/image.h"

namespace troop::sandbox {

Image::Image(Ref<const wasm::Image> body) : body_(std::move(body)) {}
Image::Image(const Image&) = default;
Image::Image(Image&&) noexcept = default;
Image& Image::operator=(Image other) noexcept {
  body_ = std::move(other.body_);
  return *this;
}
Image::~Image() = default;

const std::string& Image::name() const noexcept {
  return body_->name();
}
std::size_t Image::memoryBytes() const noexcept {
  return body_->memoryBytes();
}

}  // namespace troop::sandbox
