// Attack: never comes to the end of what is to be done at once.
for (;;) await null;
