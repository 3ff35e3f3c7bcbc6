#include "sandbox/testing/wat-guests.h"

#include <cstdlib>
#include <stdexcept>

namespace troop::sandbox::testing {

namespace {

constexpr std::string_view imports = R"(
  (import "troop" "call" (func $call (param i32 i64 i32 i32 i32 i32 i32) (result i32)))
  (import "troop" "pipeline" (func $pipeline (param i32 i32 i32) (result i32)))
  (import "troop" "answer" (func $answer (param i32 i32 i32 i32 i32) (result i32)))
  (import "troop" "fail" (func $fail (param i32 i32 i32 i32) (result i32)))
  (import "troop" "serve" (func $serve (param i32) (result i32)))
  (import "troop" "release" (func $release (param i32)))
  (import "troop" "finish" (func $finish (param i32)))
  (import "troop" "log" (func $log (param i32 i32 i32)))
  (import "troop" "clock" (func $clock (param i32) (result i64)))
  (import "troop" "entropy" (func $entropy (result i64)))
  (import "troop" "abort" (func $abort (param i32 i32 i32)))
)";

// A block at 64 KiB, for as long as the delivery takes; memory grows where it is too short.
constexpr std::string_view allocation = R"(
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param $n i32) (result i32) (local $pages i32)
    (local.set $pages (i32.div_u (i32.add (local.get $n) (i32.const 131071)) (i32.const 65536)))
    (if (i32.gt_u (local.get $pages) (memory.size))
      (then (if (i32.eq (memory.grow (i32.sub (local.get $pages) (memory.size))) (i32.const -1))
        (then (return (i32.const 0))))))
    (i32.const 65536))
  (func $empty (result i32)  ;; one segment of one word, which is null
    (i32.store (i32.const 60000) (i32.const 0)) (i32.store (i32.const 60004) (i32.const 1))
    (i64.store (i32.const 60008) (i64.const 0)) (i32.const 60000))
)";

constexpr std::string_view locals =
    " (param $p i32) (param $id i32) (param $method i32) (param $object i32) (param $body i32) "
    "(param $size i32)"
    " (param $caps i32) (param $count i32) (local $x i32) (local $y i32) (local $z i64) ";

constexpr std::string_view arguments =
    " (local.get $p) (i32.load offset=4 (local.get $p)) (i32.load offset=16 (local.get $p))"
    " (i32.load offset=20 (local.get $p)) (local.get $body) (i32.load offset=28 (local.get $p))"
    " (i32.add (local.get $p) (i32.const 32)) (i32.load offset=24 (local.get $p)) ";

void addReaction(std::string& module, std::string& dispatch, unsigned kind, const std::string& name,
                 const std::string& body) {
  module += "  (func $" + name + std::string(locals) + body + ")\n";
  dispatch += "    (if (i32.eq (i32.load16_u (local.get $p)) (i32.const " + std::to_string(kind) +
              ")) (then (call $" + name + std::string(arguments) + ")))\n";
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/troop-sandbox-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(std::string_view name,
                                             std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

std::string wat(const WatGuest& guest) {
  std::string module = "(module" + std::string(imports) + "  (memory (export \"memory\") " +
                       std::to_string(guest.pages) + " " + std::to_string(guest.pagesMax) + ")\n" +
                       guest.more + std::string(allocation);
  std::string dispatch;
  addReaction(module, dispatch, 1, "onStart", guest.onStart);
  addReaction(module, dispatch, 2, "onCall", guest.onCall);
  addReaction(module, dispatch, 3, "onResult", guest.onResult);
  addReaction(module, dispatch, 4, "onError", guest.onError);
  addReaction(module, dispatch, 5, "onReleased", guest.onReleased);
  addReaction(module, dispatch, 6, "onCancelled", guest.onCancelled);
  return module + R"(
  (func (export "troop_deliver") (param $p i32) (param $n i32) (local $body i32)
    (local.set $body (i32.add (i32.add (local.get $p) (i32.const 32))
      (i32.and (i32.add (i32.mul (i32.load offset=24 (local.get $p)) (i32.const 4)) (i32.const 7))
        (i32.const -8))))
)" + dispatch +
         "  ))\n";
}

}  // namespace troop::sandbox::testing
