#include "runtime/heap/heap-profile.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>

namespace troop {

std::size_t HeapProfile::livingBytes(const Site& site) const {
  if (site.objects == 0) return 0;
  // An allocation of n bytes is among the samples with the probability 1 - e^(-n / sampleBytes).
  const double bytesEach = static_cast<double>(site.bytes) / static_cast<double>(site.objects);
  const double likelihood = -std::expm1(-bytesEach / static_cast<double>(sampleBytes));
  return static_cast<std::size_t>(static_cast<double>(site.bytes) / likelihood);
}

std::string HeapProfile::text() const {
  const auto figures = [](const Site& site) {
    return fmt::format("{}: {} [{}: {}] @", site.objects, site.bytes, site.objectsEver,
                       site.bytesEver);
  };
  Site total;
  for (const Site& site : sites) {
    total.objects += site.objects;
    total.bytes += site.bytes;
    total.objectsEver += site.objectsEver;
    total.bytesEver += site.bytesEver;
  }
  std::string text = fmt::format("heap profile: {} heap_v2/{}\n", figures(total), sampleBytes);
  for (const Site& site : sites) {
    text += figures(site);
    for (const void* address : site.stack) text += fmt::format(" {}", address);
    text += '\n';
  }
  text += "\nMAPPED_LIBRARIES:\n";
  std::ifstream maps("/proc/self/maps");
  text.append(std::istreambuf_iterator<char>(maps), {});
  return text;
}

}  // namespace troop
