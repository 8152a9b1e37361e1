// Keeps what V8 compiled of the jsii kernel and the libraries in the file SUPERSET_CODE_CACHE, so that
// the next process does not compile the same 4 MB of JavaScript again (Node's own
// module.enableCompileCache does this from version 22 on). Preload it before what is to be kept.
//
// The file lies in the folder of one build (app.sh), whose libraries never change; code that another
// V8 compiled is refused by V8 and compiled anew. Without the variable nothing changes.
//
// The file: length of the index (4 bytes), the index {module: [offset, length]} as JSON, the code.
"use strict";

const fs = require("fs");
const Module = require("module");
const path = require("path");
const vm = require("vm");

// jsii unpacks and links libraries in a new folder for every process: named is what comes after.
const NAME = /(?:\/node_modules\/|\/kernel\/lib\/)(.*)$/;

const file = process.env.SUPERSET_CODE_CACHE;
const known = new Map(file ? read() : []);
/** Scripts whose code is not in the file yet. */
const fresh = new Map();

function read() {
  try {
    const data = fs.readFileSync(file);
    const start = 4 + data.readUInt32LE(0);
    const index = Object.entries(JSON.parse(data.toString("utf8", 4, start)));
    return index.map(([name, [at, size]]) => [name, data.subarray(start + at, start + at + size)]);
  } catch {
    return [];
  }
}

function write() {
  // Now, not when they were loaded: functions are compiled when first called.
  for (const [name, script] of fresh) known.set(name, script.createCachedData());
  const index = {};
  let size = 0;
  for (const [name, code] of known) {
    index[name] = [size, code.length];
    size += code.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  try {
    // A process beside this one reads the old file or the new one, never a part.
    fs.writeFileSync(`${file}.${process.pid}`, Buffer.concat([length, head, ...known.values()]));
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A full or read-only disk costs the next process its head start, nothing else.
    fs.rmSync(`${file}.${process.pid}`, { force: true });
  }
}

if (file) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...rest) {
    const name = filename.match(NAME)?.[1];
    if (!name) return compile.call(this, content, filename, ...rest);
    const cachedData = known.get(name);
    const script = new vm.Script(Module.wrap(content), { filename, cachedData });
    if (!cachedData || script.cachedDataRejected) fresh.set(name, script);
    const require = Module.createRequire(filename);
    return script
      .runInThisContext()
      .call(this.exports, this.exports, require, this, filename, path.dirname(filename));
  };
  process.on("exit", () => fresh.size && write());
}
