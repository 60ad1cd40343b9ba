// Runs a program from a bundle on MicroPython's WebAssembly port, in a heap that may not grow.
//
//     node tools/micropython/wasm.mjs MICROPYTHON.mjs FOLDER HEAP_BYTES < PIECES.json
//
// FOLDER is copied into the port's own file system.  The program comes in pieces, a JSON list of texts: this port
// collects garbage only between calls from JavaScript, and each piece is one call.  Where its heap is too
// small it takes more from JavaScript, which would hide how much is needed: that ends the program here, with status 3.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { copied } from "./files.mjs";

const [port, folder, heap] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(path.resolve(port)));
const micropython = await loadMicroPython({ heapsize: Number(heap), linebuffer: true, stdout: (line) => console.log(line) });

copied(micropython, folder, "/board");
micropython.FS.chdir("/board");
// free memory counts what could still be taken, always the same; so the sum changes when the heap does
const size = "gc.mem_alloc() + gc.mem_free()";
micropython.runPython(`import gc, sys\nsys.path[:] = ["/board"]\nheap_size = ${size}`);
for (const piece of JSON.parse(fs.readFileSync(0, "utf8"))) {
    try {
        micropython.runPython(`${piece}\nif ${size} != heap_size: raise MemoryError("the heap has grown")`);
    } catch (error) {
        console.error(error.message);
        process.exit(error.message.includes("the heap has grown") ? 3 : 1);
    }
}
