// Attack: JSON that is nested a million times, to be read and to be written.
const attempt = (action) => {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error)) throw "not an error: " + error;
  }
};
attempt(() => JSON.parse("[".repeat(1_000_000)));
attempt(() => JSON.parse('{"a":'.repeat(1_000_000)));
let nested = [];
for (let i = 0; i < 1_000_000; i++) nested = [nested];
attempt(() => JSON.stringify(nested));
attempt(() => structuredClone(nested));
attempt(() => String(nested));
