// Attack: never comes to the end of its first lines, so that whoever calls it waits.
console.log("waits for what nobody promised");
await new Promise(() => {});
