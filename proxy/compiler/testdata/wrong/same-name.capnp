@0xd0a1b2c3d4e5f613;

interface Opener { open @0 (path :Text) -> (); }
interface Door { open @0 (angle :Float64) -> (); }

interface Both extends(Opener, Door) {}

interface Reopener extends(Opener) {
  other @0 () -> ();
  open @1 () -> ();
}

interface More extends(Both) {}
