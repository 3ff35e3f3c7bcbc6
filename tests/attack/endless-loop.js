// Attack: never gives the CPU back.
for (;;);
