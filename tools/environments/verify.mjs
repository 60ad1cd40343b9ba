// Recompute the golden vectors under JavaScript: node verify.mjs pyodide|micropython FOLDER
//
// FOLDER has purenet/, with vectors/full.json unpacked. The JavaScript engine is printed before verify's own lines.
import fs from "fs";
import path from "path";
import { copied } from "./files.mjs";

const [which, folder] = process.argv.slice(2);
const stdout = (line) => console.log(line);
console.log(`JavaScript   V8 ${process.versions.v8}, node ${process.versions.node}`);

let python;
if (which === "pyodide") {
  const { loadPyodide } = await import("pyodide");
  python = await loadPyodide({ stdout });
} else {
  const { loadMicroPython } = await import("@micropython/micropython-webassembly-pyscript/micropython.mjs");
  python = await loadMicroPython({ heapsize: 64 << 20, pystack: 65536, linebuffer: true, stdout });
}

copied(python, folder, "/app");
python.runPython("import sys\nsys.path.insert(0, '/app')");
python.runPython(fs.readFileSync(path.join(folder, "unpacked.py"), "utf8"));
