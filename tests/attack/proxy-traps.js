// Attack: an object that is its own prototype by a trap, and a chain of 100,000 proxies.
const attempt = (name, action) => {
  try {
    action();
    console.log(name, "came to an end");
  } catch (error) {
    console.log(name, "refused:", error.name);
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
attempt("get", () => endless.x);
attempt("has", () => "x" in endless);
attempt("prototype", () => endless instanceof Object);
attempt("keys", () => Object.keys(endless));
let chain = {};
for (let i = 0; i < 100_000; i++) chain = new Proxy(chain, {});
attempt("get of the chain", () => chain.x);
attempt("keys of the chain", () => Object.keys(chain));
attempt("clone of the chain", () => structuredClone(chain));
