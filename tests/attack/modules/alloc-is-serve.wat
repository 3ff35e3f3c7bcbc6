;; Attack: what it exports for the host to call is a function of the host itself.
(module
  (import "troop" "serve" (func $serve (param i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "troop_abi_1"))
  (export "troop_alloc" (func $serve))
  (func (export "troop_deliver") (param i32 i32)))
