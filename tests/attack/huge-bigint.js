// Attack: numbers that take longer to compute than anybody waits, in single operations.
let number = 3n;
for (;;) {
  try {
    number = number ** 3n;
    String(number);
  } catch {
    number = 3n ** 100_000n;
  }
}
