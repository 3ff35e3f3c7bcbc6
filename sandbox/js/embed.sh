#!/bin/sh
# embed.sh FILE OBJECT SYMBOL: makes an object file with FILE's bytes between SYMBOLBegin and SYMBOLEnd.
set -eu
clang-19 -c -x assembler - -o "$2" <<END
  .section .rodata, "a"
  .balign 16
  .globl $3Begin, $3End
  .hidden $3Begin, $3End
$3Begin:
  .incbin "$1"
$3End:
  .section .note.GNU-stack, "", @progbits
END
