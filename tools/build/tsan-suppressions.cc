// What ThreadSanitizer must not look into: libraries that are not instrumented. It stands in each
// program, so that programs which a test starts, from whatever folder, have it as well.
namespace {

constexpr char suppressions[] =
    // Wasmtime is not instrumented: what its threads do looks like a race.
    "called_from_lib:libwasmtime.so\n"
    // It leaves its signal handlers by a jump; what runs afterwards looks as if inside of them.
    "signal:libwasmtime.so\n"
    // The C++ library is not instrumented: it counts the references to an exception that one Thread
    // has thrown and another reads, and whoever lets go of the last one destroys it.
    "race:std::__exception_ptr::exception_ptr::_M_release\n";

}  // namespace

// The name is ThreadSanitizer's, which calls it where a program has it.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" const char* __tsan_default_suppressions();

extern "C" [[gnu::used]] const char* __tsan_default_suppressions() {
  return suppressions;
}
// NOLINTEND(readability-identifier-naming)
