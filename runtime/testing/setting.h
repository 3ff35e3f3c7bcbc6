// A variable of the environment, set for as long as this lives; null: not set.
//
//   const Setting seed("TROOP_SEED", "7");
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace troop::tests {

class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Setting() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* const name_;
  std::optional<std::string> old_;
};

}  // namespace troop::tests
