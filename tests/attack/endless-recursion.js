// Attack: calls itself until there is no stack left.
const descend = (depth) => descend(depth + 1) + 1;
descend(0);
