;; Attack: says that it was made for a later version of the ABI.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_2"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
