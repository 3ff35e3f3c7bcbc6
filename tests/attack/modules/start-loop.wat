;; Attack: its start function never ends.
(module
  (memory (export "memory") 2)
  (func $spin (loop $again (br $again)))
  (start $spin)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
