// A plugin in TypeScript, whose base class says what its methods get and answer.
import { env } from "troop";
import { Calculator, Document, Shape, Watcher } from "./everything.troop.js";

export default class Reading extends Document.Target {
  readonly #watcher = new Watcher(env.watcher!);

  async read(): Promise<Document.ReadResults.Init> {
    await this.#watcher.changed({ name: "read" });
    return { text: "text" };
  }
  append(params: Document.AppendParams) {
    return { size: params.text.length };
  }
  duplicate(): Document.DuplicateResults.Init {
    return { document: new Reading() };
  }
}

export async function add(calculator: Calculator, shape: Shape): Promise<bigint> {
  const { sum }: Calculator.AddResults = await calculator.add({ left: 1n, right: 2 });
  const given: Shape.Init = shape.which === "circle" ? { circle: shape.circle } : shape;
  await calculator.measure(given);
  return sum;
}
