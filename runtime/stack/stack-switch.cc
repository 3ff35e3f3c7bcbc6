#include "runtime/stack/stack-switch.h"

#include <boost/context/detail/fcontext.hpp>
#include <boost/version.hpp>

namespace troop {
namespace {

namespace library = boost::context::detail;

static_assert(sizeof(StackSwitch) == sizeof(library::transfer_t), "the same two words");

}  // namespace

StackContext beginStack(std::byte* top, std::size_t bytes, StackEntry entry) noexcept {
  void* const sameEntry = reinterpret_cast<void*>(entry);
  return library::make_fcontext(top, bytes,
                                reinterpret_cast<void (*)(library::transfer_t)>(sameEntry));
}

// What Boost.Context of this version leaves on a stack is known.
#if defined(__x86_64__) && defined(__ELF__) && BOOST_VERSION / 100 == 1074

// As its jump_fcontext() does, but for the return. By the calling convention of System V two words
// go in rdi and rsi and come back in rax and rdx, so that who has called it and an entry get the
// same. What it tells debuggers is true on either stack, as both frames are alike.
asm(R"(
.pushsection .text
.globl _ZN5troop11switchStackEPvS0_
.hidden _ZN5troop11switchStackEPvS0_
.type _ZN5troop11switchStackEPvS0_, @function
.balign 16
_ZN5troop11switchStackEPvS0_:
  .cfi_startproc
  push %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  push %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  push %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  push %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  push %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  push %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  lea -8(%rsp), %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  mov %rsp, %rax
  mov %rdi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  lea 8(%rsp), %rsp
  .cfi_adjust_cfa_offset -8
  pop %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  pop %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  pop %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  pop %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  pop %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  pop %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  mov %rsi, %rdx
  mov %rax, %rdi
  ret
  .cfi_endproc
.size _ZN5troop11switchStackEPvS0_, . - _ZN5troop11switchStackEPvS0_
.popsection
)");

// What is left: | control words | r12 | r13 | r14 | r15 | rbx | rbp | return address | frames ...
StackRegisters registersOf(StackContext context, std::span<const std::uint64_t> words) noexcept {
  constexpr std::size_t wordsLeft = 8;
  if (words.size() < wordsLeft) return {};
  return {.instruction = words[7],
          .stack = reinterpret_cast<std::uintptr_t>(context) + wordsLeft * sizeof(std::uint64_t),
          .kept = {words[5], words[6], words[1], words[2], words[3], words[4]}};
}

#else

StackRegisters registersOf(StackContext, std::span<const std::uint64_t>) noexcept {
  return {};
}

StackSwitch switchStack(StackContext context, void* message) noexcept {
  const library::transfer_t transfer = library::jump_fcontext(context, message);
  return {.left = transfer.fctx, .message = transfer.data};
}

#endif

}  // namespace troop
