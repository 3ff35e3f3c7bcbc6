#include "proxy/sealing.h"

#include <fmt/format.h>

#include "proxy/call.h"

namespace troop::proxy {

class SealBrand final : public RefCounted {
 public:
  explicit SealBrand(std::string itsName) : name(std::move(itsName)) {}
  const std::string name;
};

namespace {

class Box final : public Endpoint {
 public:
  Box(Ref<SealBrand> itsBrand, Capability whatIsInside, Charge charge)
      : brand(std::move(itsBrand)), inside(std::move(whatIsInside)), charge_(std::move(charge)) {}

  void call(Call call) noexcept override {
    call.settle(
        Error(ErrorKind::unimplemented,
              fmt::format("{} is sealed: it can only be opened by its unsealer", describe()),
              ErrorDetail::none, Executed::no));
  }
  std::string describe() const override { return fmt::format("box '{}'", brand->name); }

  const Ref<SealBrand> brand;
  const Capability inside;

 private:
  const Charge charge_;
};

}  // namespace

Sealer::Sealer(Ref<SealBrand> brand) noexcept : brand_(std::move(brand)) {}
Sealer::Sealer(const Sealer&) noexcept = default;
Sealer& Sealer::operator=(const Sealer&) noexcept = default;
Sealer::~Sealer() = default;

Capability Sealer::seal(Capability inside, const Ref<Budget>& payer) const {
  Charge charge;
  if (payer) {
    Expected<Charge> paid = payer->charge(sizeof(Box));
    if (paid.failed()) return Capability::broken(std::move(paid).error());
    charge = std::move(paid).value();
  }
  return Capability(makeRef<Box>(brand_, std::move(inside), std::move(charge)));
}

Unsealer::Unsealer(Ref<SealBrand> brand) noexcept : brand_(std::move(brand)) {}
Unsealer::Unsealer(const Unsealer&) noexcept = default;
Unsealer& Unsealer::operator=(const Unsealer&) noexcept = default;
Unsealer::~Unsealer() = default;

Expected<Capability> Unsealer::unseal(const Capability& box) const {
  const Capability resolved = box.resolved();
  const auto* found = resolved ? dynamic_cast<const Box*>(&resolved.endpoint()) : nullptr;
  if (found != nullptr && found->brand == brand_) return found->inside;
  return Error(ErrorKind::failed,
               fmt::format("{} is no box of '{}'", resolved.describe(), brand_->name),
               ErrorDetail::none, Executed::no);
}

SealedPair makeSealedPair(std::string name) {
  const auto brand = makeRef<SealBrand>(std::move(name));
  return {Sealer(brand), Unsealer(brand)};
}

}  // namespace troop::proxy
