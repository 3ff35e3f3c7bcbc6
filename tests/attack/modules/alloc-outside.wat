;; Attack: gives the host a block at the end of memory that reaches behind it.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 131064))
  (func (export "troop_deliver") (param i32 i32)))
