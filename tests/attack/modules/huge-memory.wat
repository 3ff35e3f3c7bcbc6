;; Attack: asks for 4 GiB of memory from the start.
(module
  (memory (export "memory") 65536)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
