;; Attack: grows its table as far as it goes, fills and copies it, without end.
(module
  (memory (export "memory") 2)
  (table $t 1 funcref)
  (elem declare func $any)
  (func $any)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)
    (loop $again
      (drop (table.grow $t (ref.func $any) (i32.const 1000000)))
      (drop (table.grow $t (ref.func $any) (i32.const 1)))
      (table.fill $t (i32.const 0) (ref.func $any) (table.size $t))
      (table.copy $t $t (i32.const 0) (i32.const 0) (table.size $t))
      (br $again))))
