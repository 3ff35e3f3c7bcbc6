;; Attack: imports a function whose name would clear a terminal and add a line to a report.
(module
  (import "troop" "\1b[2J\1b[31mcall\0amarkdown: served\c2\9b" (func))
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
