// Attack: takes memory, and keeps all of it.
const kept = [];
for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
