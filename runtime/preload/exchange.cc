#include "runtime/preload/exchange.h"

#include <sched.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

namespace troop::preload {
namespace {

// Bit 1 of AT_HWCAP2 (Documentation/arch/x86/x86_64/fsgs.rst of Linux).
constexpr unsigned long fsgsbaseBit = 1ul << 1;

// What glibc's pthread_create() asks for, without an exit signal; the number is written before the
// new OS thread runs, and cleared for who joins it.
constexpr unsigned long likeGlibc = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
                                    CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS |
                                    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

}  // namespace

extern "C" pid_t troopCloneOnStack(unsigned long flags, void* entered, pid_t* tid,
                                   std::uintptr_t base) noexcept;

// clang-format off
asm(R"(
  .macro troopSaveStack  // what a call keeps, on the stack; where that is, in (%rdi)
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  fnstcw (%rsp)
  stmxcsr 4(%rsp)
  movq %rsp, (%rdi)
  .endm

  .text
  .type troopExchangeStacks, @function
  .globl troopExchangeStacks
  .hidden troopExchangeStacks
  .p2align 4
troopExchangeStacks:
  .cfi_startproc
  troopSaveStack
  movq %rsi, %rsp
  wrfsbase %rdx
.LtroopGoOn:
  fldcw (%rsp)
  ldmxcsr 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
  .size troopExchangeStacks, . - troopExchangeStacks

  .type troopEndOsThread, @function
  .globl troopEndOsThread
  .hidden troopEndOsThread
  .p2align 4
troopEndOsThread:
  .cfi_startproc
  troopSaveStack
  xorl %edi, %edi
  movl $60, %eax
  syscall
  ud2
  .cfi_endproc
  .size troopEndOsThread, . - troopEndOsThread

  .type troopCloneOnStack, @function
  .globl troopCloneOnStack
  .hidden troopCloneOnStack
  .p2align 4
troopCloneOnStack:
  .cfi_startproc
  movq %rcx, %r8
  movq %rdx, %r10
  movl $56, %eax
  syscall
  testq %rax, %rax
  jz .LtroopGoOn
  ret
  .cfi_endproc
  .size troopCloneOnStack, . - troopCloneOnStack
)");
// clang-format on

static_assert(SYS_exit == 60 && SYS_clone == 56, "as the instructions above have it");

bool canExchangeBases() noexcept {
  return (getauxval(AT_HWCAP2) & fsgsbaseBit) != 0;
}

std::uintptr_t threadBase() noexcept {
  std::uintptr_t base = 0;
  // Its first word points to itself: the x86-64 ABI says so, and it needs no instruction that may
  // not be there.
  asm volatile("movq %%fs:0, %0" : "=r"(base));
  return base;
}

extern "C" pid_t troopGoOnInOsThread(void* entered, std::uintptr_t base, pid_t* tid) noexcept {
  return troopCloneOnStack(likeGlibc, entered, tid, base);
}

}  // namespace troop::preload
