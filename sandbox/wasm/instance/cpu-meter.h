// Measures the CPU time that a carrier spends on one guest, in laps.
//
//   meter.start();                  // the slice begins, on whatever carrier
//   Duration lap = meter.lap();     // since start() or the last lap
//   Duration slice = meter.total(); // all laps since start()
#pragma once

#include <ctime>

#include "runtime/time.h"

namespace troop::sandbox::wasm {

class CpuMeter {
 public:
  void start() noexcept {
    last_ = threadTime();
    total_ = {};
  }

  Duration lap() noexcept {
    const Duration time = threadTime();
    const Duration lap = time - last_;
    last_ = time;
    total_ += lap;
    return lap;
  }

  Duration total() const noexcept { return total_; }

 private:
  static Duration threadTime() noexcept {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
  }

  Duration last_{};
  Duration total_{};
};

}  // namespace troop::sandbox::wasm
