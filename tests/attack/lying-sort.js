// Attack: a comparator that contradicts itself, changes what is sorted, and sorts it again.
const list = Array.from({ length: 10_000 }, (_, i) => ({ valueOf: () => Math.random() - 0.5, i }));
for (;;) {
  list.sort((a, b) => {
    if (Math.random() < 0.001) list.length = (list.length * 7) >> 3;
    if (Math.random() < 0.001) list.push(a, b, list);
    return Math.random() < 0.5 ? -1 : a - b;
  });
  while (list.length < 10_000) list.push(list.length);
}
