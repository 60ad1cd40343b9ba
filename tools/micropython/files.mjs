// Copy a folder into the file system of an interpreter under WebAssembly.
import fs from "node:fs";
import path from "node:path";

export function copied(interpreter, from, to) {
  interpreter.FS.mkdir(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [outside, inside] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) copied(interpreter, outside, inside);
    else interpreter.FS.writeFile(inside, fs.readFileSync(outside));
  }
}
