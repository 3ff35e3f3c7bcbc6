// @ts-check
// Measures shapes.
import { TroopError } from "troop";
import { Geometer } from "./shapes.troop.js";

/** @param {import("./shapes.troop.js").Shape} shape */
function area(shape) {
  switch (shape.which) {
    case "circle":
      return Math.PI * shape.circle.radius ** 2;
    case "square":
      return shape.square.side ** 2;
    default:
      throw new TroopError("unimplemented", `'${shape.name}' is of no shape that is known here`);
  }
}

export default class extends Geometer.Target {
  /** @param {Geometer.MeasureParams} params */
  measure({ shapes }) {
    return { areas: shapes.map(area) };
  }
}
