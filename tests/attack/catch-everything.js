// Attack: catches whatever would stop it and goes on.
function spin() {
  for (;;) {
    try {
      spin();
    } catch {
      // never mind
    } finally {
      for (let i = 0; i < 1000; i++);
    }
    continue;
  }
}
spin();
