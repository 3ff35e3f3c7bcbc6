// Errors of calls. Kinds and details are those of the host, in its order.

const kinds = ["failed", "overloaded", "disconnected", "unimplemented"];
const details = [
  "none",
  "cancelled",
  "deadline",
  "deadlock",
  "memory",
  "cpu",
  "stack",
  "wall",
  "quota",
  "revoked",
  "killed",
  "badMessage",
];

// Why a call failed. `kind` says what to do next:
//   failed         the callee could not do it; the same call will fail again
//   overloaded     no room or no budget now; try later, or less
//   disconnected   the callee is gone; get a new capability
//   unimplemented  the callee does not know this method
// `detail` says more ("revoked", "deadline", "memory" ...) or is "none". `mayHaveExecuted` is false
// where the call certainly had no effect.
export class TroopError extends Error {
  constructor(kind, message, { detail = "none", mayHaveExecuted = true, ...options } = {}) {
    if (!kinds.includes(kind)) {
      throw new TypeError(`"${kind}" is no kind of error; ${kinds.join(", ")} are`);
    }
    super(message, options);
    this.kind = kind;
    this.detail = detail;
    this.mayHaveExecuted = mayHaveExecuted;
  }
}
Object.defineProperty(TroopError.prototype, "name", {
  value: "TroopError",
  configurable: true,
  writable: true,
});

// The error that the host delivers as numbers.
export function errorOfHost(kind, detail, executed, reason) {
  return new TroopError(kinds[kind] ?? "failed", reason, {
    detail: details[detail] ?? "none",
    mayHaveExecuted: executed !== 0,
  });
}

// The number of an error's kind; what guest code throws otherwise has failed.
export function kindNumber(error) {
  return error instanceof TroopError ? Math.max(0, kinds.indexOf(error.kind)) : 0;
}

// The error where the host refused something with a negative number.
export function refusal(number, what) {
  switch (number) {
    case -1:
      return new TroopError("overloaded", `no room for ${what}`, {
        detail: "quota",
        mayHaveExecuted: false,
      });
    case -3:
      return new TroopError("failed", `${what} is larger than a message may be`, {
        detail: "badMessage",
        mayHaveExecuted: false,
      });
    default:
      return new TroopError("failed", `the host refused ${what}`, { mayHaveExecuted: false });
  }
}
