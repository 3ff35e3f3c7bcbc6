;; No attack: takes what it is given, and does nothing. Whatever counts as evidence of an attack,
;; nothing of this one may count as it.
(module
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "troop_deliver") (param i32 i32)))
