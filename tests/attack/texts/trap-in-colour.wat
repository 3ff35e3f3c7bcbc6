;; Attack: traps in a function whose name would clear a terminal and says what the cause was.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func $"\1b[2J\1b[31mCaused by:\0a    0: served\0a" (unreachable))
  (func (export "troop_deliver") (param i32 i32)
    (call $"\1b[2J\1b[31mCaused by:\0a    0: served\0a")))
