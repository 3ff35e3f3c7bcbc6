import { Greeter } from "./greeter.troop.js";

export default class extends Greeter.Target {
  greet({ name }) {
    return { greeting: `Hello, ${name}!` };
  }
}
