// Run a program from a bundle on MicroPython's WebAssembly port, in a heap that must not grow.
//
//     node tools/micropython/wasm.mjs MICROPYTHON.mjs FOLDER HEAP_BYTES < PIECES.json
//
// FOLDER is copied into the port's own file system.  The program is a JSON list of pieces. This port collects
// garbage only between calls from JavaScript, and each piece is one call. If its heap is too small, the port takes more
// memory from JavaScript, which would hide the need. That ends the program here with status 3.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { copied } from "./files.mjs";

const [port, folder, heap] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(path.resolve(port)));
const micropython = await loadMicroPython({ heapsize: Number(heap), linebuffer: true, stdout: (line) => console.log(line) });

copied(micropython, folder, "/board");
micropython.FS.chdir("/board");
// allocated plus free memory is the size of the heap
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
