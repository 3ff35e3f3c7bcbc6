;; Attack: takes 1 GB of memory and fills all of it again and again by single instructions, each of
;; which takes as long as it takes.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)
    (drop (memory.grow (i32.const 16382)))
    (loop $again
      (memory.fill (i32.const 0) (i32.const 0x5a)
        (i32.mul (memory.size) (i32.const 65536)))
      (memory.copy (i32.const 65536) (i32.const 0)
        (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)))
      (br $again))))
