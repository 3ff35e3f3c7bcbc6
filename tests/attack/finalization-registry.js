// Attack: objects that come back when they are collected, and make more of themselves.
let rescued;
const registry = new FinalizationRegistry((name) => {
  rescued = { name };
  for (let i = 0; i < 2; i++) registry.register({}, name + i);
});
for (;;) {
  for (let i = 0; i < 1000; i++) registry.register({ i }, "again");
  await null;
}
