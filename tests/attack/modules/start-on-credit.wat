;; Attack: its start function grows its memory to the limit and then makes the host keep things for
;; it, while that memory cannot be seen yet, so that it would be charged for less than it takes.
(module
  (import "troop" "serve" (func $serve (param i32) (result i32)))
  (import "troop" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "all 100000 refused")
  (global $refused (mut i32) (i32.const 0))
  (func $take (local $i i32)
    (loop $grow
      (br_if $grow (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
    (loop $again
      (global.set $refused (i32.add (global.get $refused)
        (i32.le_s (call $serve (local.get $i)) (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 100000)))))
  (start $take)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)
    (if (i32.eq (global.get $refused) (i32.const 100000))
      (then (call $log (i32.const 1) (i32.const 16) (i32.const 18))))))
