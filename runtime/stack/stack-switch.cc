#include "runtime/stack/stack-switch.h"

#include <boost/context/detail/fcontext.hpp>
#include <boost/version.hpp>

namespace troop {
namespace {

namespace context = boost::context::detail;

static_assert(sizeof(StackSwitch) == sizeof(context::transfer_t), "the same two words");

}  // namespace

StackContext beginStack(std::byte* top, std::size_t bytes, StackEntry entry) noexcept {
  void* const sameEntry = reinterpret_cast<void*>(entry);
  return context::make_fcontext(top, bytes,
                                reinterpret_cast<void (*)(context::transfer_t)>(sameEntry));
}

// What Boost.Context of this version leaves on a stack is known.
#if defined(__x86_64__) && defined(__ELF__) && BOOST_VERSION / 100 == 1074

// As its jump_fcontext() does, but for the return. By the calling convention of System V two words
// go in rdi and rsi and come back in rax and rdx, so that who has called it and an entry get the
// same.
asm(R"(
.pushsection .text
.globl _ZN5troop11switchStackEPvS0_
.hidden _ZN5troop11switchStackEPvS0_
.type _ZN5troop11switchStackEPvS0_, @function
.balign 16
_ZN5troop11switchStackEPvS0_:
  push %rbp
  push %rbx
  push %r15
  push %r14
  push %r13
  push %r12
  lea -8(%rsp), %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  mov %rsp, %rax
  mov %rdi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  lea 8(%rsp), %rsp
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  pop %rbx
  pop %rbp
  mov %rsi, %rdx
  mov %rax, %rdi
  ret
.size _ZN5troop11switchStackEPvS0_, . - _ZN5troop11switchStackEPvS0_
.popsection
)");

#else

StackSwitch switchStack(StackContext where, void* message) noexcept {
  const context::transfer_t transfer = context::jump_fcontext(where, message);
  return {.left = transfer.fctx, .message = transfer.data};
}

#endif

}  // namespace troop
