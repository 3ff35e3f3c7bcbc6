;; Attack: calls itself until the native stack is used up.
(module
  (memory (export "memory") 2)
  (func $descend (param i32) (result i32)
    (i32.add (call $descend (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32) (drop (call $descend (i32.const 0)))))
