// Attack: takes all memory there is, survives that, lets go, and takes it again.
for (;;) {
  const kept = [];
  try {
    for (;;) kept.push(new ArrayBuffer(1 << 16), "x".repeat(1 << 10) + kept.length, { kept });
  } catch {
    kept.length = 0;
  }
}
