// Attack: a regular expression that tries every way of splitting its text, and there are 2^60.
/^(a+)+$/.test("a".repeat(60) + "b");
