#include "runtime/inspect/stack-reader.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace troop {
namespace inspect {
namespace {

// No files of debug information apart from the program's own: looking for them may ask servers.
int findNoOther(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*, GElf_Word,
                char**) {
  return -1;
}

std::string demangled(const char* name) {
  // Parts of functions that compilers split off, and of coroutines, are named "function.part".
  const std::string whole = name;
  const std::size_t dot = whole.find('.');
  const std::string function = whole.substr(0, dot);
  int status = 0;
  char* const text = abi::__cxa_demangle(function.c_str(), nullptr, nullptr, &status);
  if (status != 0) return whole;
  std::string result = text;
  std::free(text);
  return result;
}

std::string withoutFolder(const char* path) {
  const std::string whole = path;
  return whole.substr(whole.find_last_of('/') + 1);
}

std::string placeOf(Dwarf_Line* source) {
  int line = 0;
  const char* const path = dwarf_linesrc(source, nullptr, nullptr);
  if (path == nullptr || dwarf_lineno(source, &line) != 0) return "";
  return fmt::format(" at {}:{}", withoutFolder(path), line);
}

// By all that was compiled, as some compilers write no table of which addresses are whose.
std::string placeOf(Dwfl_Module* module, std::uintptr_t address) {
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = nullptr; (unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr;) {
    if (dwarf_haspc(unit, address - bias) != 1) continue;
    Dwarf_Line* const source = dwarf_getsrc_die(unit, address - bias);
    return source != nullptr ? placeOf(source) : "";
  }
  return "";
}

}  // namespace

class StackReader::Program {
 public:
  Program() {
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = findNoOther,
                                             .section_address = nullptr,
                                             .debuginfo_path = nullptr};
    dwfl_ = dwfl_begin(&callbacks);
    if (dwfl_ == nullptr) return;
    static const Dwfl_Thread_Callbacks reads = {.next_thread = nextThread,
                                                .get_thread = nullptr,
                                                .memory_read = read,
                                                .set_initial_registers = setRegisters,
                                                .detach = nullptr,
                                                .thread_detach = nullptr};
    isOpen_ = dwfl_linux_proc_report(dwfl_, getpid()) == 0 &&
              dwfl_report_end(dwfl_, nullptr, nullptr) == 0 &&
              dwfl_attach_state(dwfl_, nullptr, getpid(), &reads, this);
  }
  ~Program() {
    if (dwfl_ != nullptr) dwfl_end(dwfl_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::vector<std::uintptr_t> callsOn(const StackCopy& copy) {
    std::vector<std::uintptr_t> calls;
    if (!isOpen_ || copy.registers.instruction == 0) return calls;
    copy_ = &copy;
    dwfl_getthread_frames(dwfl_, stackId, addCall, &calls);
    copy_ = nullptr;
    return calls;
  }

  Dwfl_Module* moduleOf(std::uintptr_t address) const noexcept {
    return isOpen_ ? dwfl_addrmodule(dwfl_, address) : nullptr;
  }

 private:
  // There is one stack at a time.
  static constexpr pid_t stackId = 1;

  static pid_t nextThread(Dwfl*, void* program, void** previous) {
    if (*previous != nullptr) return 0;
    *previous = program;
    return stackId;
  }

  static bool read(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* program) {
    const StackCopy& copy = *static_cast<Program*>(program)->copy_;
    const std::uintptr_t offset = address - copy.from;
    const std::size_t index = offset / sizeof(std::uint64_t);
    if (address < copy.from || offset % sizeof(std::uint64_t) != 0) return false;
    if (index >= copy.words.size()) return false;
    *result = copy.words[index];
    return true;
  }

  // By the numbers that DWARF gives to registers of x86-64: rbx 3, rbp 6, rsp 7, r12 to r15, and 16
  // for the return address.
  static bool setRegisters(Dwfl_Thread* thread, void* program) {
    const StackRegisters& registers = static_cast<Program*>(program)->copy_->registers;
    const Dwarf_Word rbx = registers.kept[0];
    const std::array<Dwarf_Word, 2> rbpAndRsp{registers.kept[1], registers.stack};
    const std::array<Dwarf_Word, 5> rest{registers.kept[2], registers.kept[3], registers.kept[4],
                                         registers.kept[5], registers.instruction};
    return dwfl_thread_state_registers(thread, 3, 1, &rbx) &&
           dwfl_thread_state_registers(thread, 6, rbpAndRsp.size(), rbpAndRsp.data()) &&
           dwfl_thread_state_registers(thread, 12, rest.size(), rest.data());
  }

  static int addCall(Dwfl_Frame* frame, void* calls) {
    auto& found = *static_cast<std::vector<std::uintptr_t>*>(calls);
    Dwarf_Addr address = 0;
    bool isInterrupted = false;
    if (!dwfl_frame_pc(frame, &address, &isInterrupted) || address == 0) return DWARF_CB_ABORT;
    found.push_back(address);
    return found.size() < framesMax ? DWARF_CB_OK : DWARF_CB_ABORT;
  }

  Dwfl* dwfl_ = nullptr;
  bool isOpen_ = false;
  const StackCopy* copy_ = nullptr;
};

StackReader::StackReader() : program_(std::make_unique<Program>()) {}

StackReader::~StackReader() = default;

StackReader::Libraries StackReader::librariesNow() noexcept {
  Libraries libraries;
  dl_iterate_phdr(
      [](dl_phdr_info* any, std::size_t, void* to) {
        *static_cast<Libraries*>(to) = {.loaded = any->dlpi_adds, .unloaded = any->dlpi_subs};
        return 1;
      },
      &libraries);
  return libraries;
}

bool StackReader::isCurrent() const noexcept {
  return librariesNow() == libraries_;
}

std::vector<std::uintptr_t> StackReader::callsOn(const StackCopy& copy) {
  return program_->callsOn(copy);
}

const std::string& StackReader::describe(std::uintptr_t address, Call call) {
  const std::uintptr_t within = call == Call::returns ? address - 1 : address;
  auto [found, isNew] = descriptions_.try_emplace(within);
  if (isNew) found->second = lookUp(within);
  return found->second;
}

std::string StackReader::textOf(const StackCopy& copy) {
  std::string text;
  Call kind = Call::interrupted;
  for (const std::uintptr_t call : callsOn(copy)) {
    text += describe(call, std::exchange(kind, Call::returns)) + '\n';
  }
  return text;
}

std::string StackReader::lookUp(std::uintptr_t address) const {
  Dwfl_Module* const module = program_->moduleOf(address);
  if (module == nullptr) return fmt::format("{:#x}", address);
  const char* file = nullptr;
  const char* const library =
      dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, &file, nullptr);
  const char* const name = dwfl_module_addrname(module, address);
  if (name == nullptr) {
    return fmt::format("{:#x} in {}", address, withoutFolder(library != nullptr ? library : "?"));
  }
  std::string text = demangled(name);
  return text + placeOf(module, address);
}

}  // namespace inspect
}  // namespace troop
