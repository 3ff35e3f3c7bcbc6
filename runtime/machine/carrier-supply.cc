#include "runtime/machine/carrier-supply.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "runtime/machine/control-groups.h"
#include "runtime/machine/processors.h"

namespace troop {

CarrierSupply::CarrierSupply(const Clock& clock, Options options,
                             std::function<void(unsigned)> resize)
    : clock_(clock),
      most_(options.most),
      root_(std::move(options.root)),
      resize_(std::move(resize)),
      carriers_(options.carriers) {}

void CarrierSupply::choose(unsigned carriers) {
  const std::lock_guard lock(mutex_);
  follows_ = carriers == 0;
  next_ = saturatingAdd(clock_.now(), interval);
  carriers_ = follows_ ? offered() : carriers;
  // The same number, too: it is another try for those that the kernel refused.
  resize_(carriers_);
}

void CarrierSupply::begin(View& view) noexcept {
  const std::lock_guard lock(mutex_);
  applyTo(view);
}

void CarrierSupply::lookAgain(View& view, Time sliceTime) noexcept {
  view.again = saturatingAdd(sliceTime, interval);
  // Whoever has it looks, or the host is about to say a number.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !follows_) return;
  if (const Time now = clock_.now(); now >= next_) {
    next_ = saturatingAdd(now, interval);
    follow();
  }
  if (view.mask != mask_) applyTo(view);
}

void CarrierSupply::follow() noexcept {
  const machine::Affinity here;
  if (here.isKnown() && here != affinity_ && here == machine::Affinity::ofMain()) {
    affinity_ = here;
    ++mask_;
  }
  try {
    const unsigned now = offered();
    if (now != carriers_) resize_(carriers_ = now);
  } catch (const std::bad_alloc&) {
    return;  // the next one who looks may have more luck
  }
}

unsigned CarrierSupply::offered() {
  const std::vector<machine::ControlGroup> groups = machine::controlGroups("cpu", root_);
  const machine::Processors here = machine::processorsAvailable(affinity_.count(), groups);
  const bool areTold = !groups.empty() && here.areToldInFull;
  // The host has forbidden itself to read them; the quotas are still there.
  if (!areTold && quotasWereTold_) return carriers_;
  quotasWereTold_ = areTold;
  return std::min(most_, here.count);
}

void CarrierSupply::applyTo(View& view) const noexcept {
  view.mask = mask_;
  affinity_.applyToCaller();
}

}  // namespace troop
