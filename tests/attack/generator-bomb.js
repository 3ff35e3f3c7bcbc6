// Attack: generators that are made of two of themselves, none of which comes to its end.
const kept = [];
function* bomb() {
  const left = bomb();
  const right = bomb();
  kept.push(left, right);
  yield [left, right];
}
for (const generator of (kept.push(bomb()), kept)) generator.next();
