// Attack: imports a file of its host.
import passwords from "../../../../../../../../etc/passwd";
console.log(passwords);
