// Attack: an object that is its own prototype by a trap, and a chain of 100,000 proxies.
const attempt = (action) => {
  try {
    action();
  } catch {
    // the next one
  }
};
const endless = new Proxy(
  {},
  {
    get: (target, key, receiver) => receiver[key],
    has: (target, key) => key in endless,
    getPrototypeOf: () => Object.getPrototypeOf(endless),
    ownKeys: () => Reflect.ownKeys(endless),
  },
);
attempt(() => endless.x);
attempt(() => "x" in endless);
attempt(() => endless instanceof Object);
attempt(() => Object.keys(endless));
let chain = {};
for (let i = 0; i < 100_000; i++) chain = new Proxy(chain, {});
attempt(() => chain.x);
attempt(() => Object.keys(chain));
attempt(() => structuredClone(chain));
