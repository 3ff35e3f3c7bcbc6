;; Attack: its start function makes the host keep things for it while its memory, nearly all that it
;; may have, cannot be seen yet, so that it is charged for less than it takes.
(module
  (import "troop" "serve" (func $serve (param i32) (result i32)))
  (memory (export "memory") 14)
  (func $take (local $i i32)
    (loop $again
      (drop (call $serve (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 100000)))))
  (start $take)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
