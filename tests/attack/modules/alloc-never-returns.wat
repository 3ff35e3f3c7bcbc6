;; Attack: when the host asks for room for a message it never gets an answer.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (loop $again (br $again)) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32)))
