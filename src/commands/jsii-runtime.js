// The jsii kernel in one Node process, with the AWS provider's modules loaded when they are used.
//
// jsii's own launcher starts a second Node process and passes every message through it; the kernel
// then speaks on file descriptor 3. Here the kernel reads our standard input and writes our standard
// output itself, which is what the Java side is connected to. The JSON that is synthesized is the
// same (src/test/commands/test_app.py).
//
// usage: node --preserve-symlinks jsii-runtime.js, with SUPERSET_JSII_KERNEL naming the program.js of the
// jsii-runtime jar that is on the class path: both sides must be of one version, and say so if not.
"use strict";

const fs = require("fs");
const path = require("path");

require("./code-cache.js");
require("./lazy-provider.js");

const KERNEL_CHANNEL = 3;
const { readSync, writeSync } = fs;
fs.readSync = (fd, ...rest) => readSync(fd === KERNEL_CHANNEL ? 0 : fd, ...rest);
fs.writeSync = (fd, ...rest) => writeSync(fd === KERNEL_CHANNEL ? 1 : fd, ...rest);

// Standard output carries the protocol: what a module prints travels on standard error, in the form
// the Java side prints as standard output.
process.stdout.write = (chunk, encoding, done) => {
  const bytes = Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8");
  process.stderr.write(`${JSON.stringify({ stdout: bytes.toString("base64") })}\n`);
  const callback = typeof encoding === "function" ? encoding : done;
  if (callback) process.nextTick(callback);
  return true;
};

// CDKTF notes for every construct and token where it was made, with a whole stack of calls, and uses
// that for nothing but error messages; from here it would only name the kernel's own lines.
Error.captureStackTrace = (target) => {
  target.stack = "";
};

require(path.resolve(process.env.SUPERSET_JSII_KERNEL));
