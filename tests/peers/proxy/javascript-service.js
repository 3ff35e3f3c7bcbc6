import { Service } from "./service.troop.js";

export default class extends Service.Target {
  nothing() {}

  echo({ bytes }) {
    return { bytes };
  }

  pass({ service }) {
    return { service };
  }

  async callOther({ service, times }) {
    for (let i = 0; i < times; ++i) await service.nothing();
  }
}
