;; Attack: gives the host a block that is not aligned.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65537))
  (func (export "troop_deliver") (param i32 i32)))
