// Makes the index of a CDKTF provider package lazy: its nearly 1,800 modules are loaded when first
// used, not when the package is. Preload it with `node --require`; nothing else changes.
//
// The index is a list of `exports.vpc = require("./vpc");`. Each becomes a property that requires
// its module when read. An index of any other shape is loaded as it is.
"use strict";

const Module = require("module");

const INDEX = /\/@cdktf\/provider-[a-z0-9-]+\/(?:[^/]+\/[^/]+\/)?lib\/index\.js$/;
const STATEMENT = /^exports\.([A-Za-z_$][\w$]*) = require\("(\.\/[\w./-]+)"\);$/gm;
const DEFINE = `function lazily(name, load) {
  Object.defineProperty(exports, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = load();
      Object.defineProperty(exports, name, { configurable: true, enumerable: true, writable: true, value });
      return value;
    },
  });
}`;

/** The source with every top-level re-export made lazy. */
function lazy(source) {
  const changed = source.replace(STATEMENT, 'lazily("$1", () => require("$2"));');
  return changed === source ? source : `${changed}\n${DEFINE}\n`;
}

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  return compile.call(this, INDEX.test(filename) ? lazy(content) : content, filename, ...rest);
};

module.exports = { lazy, INDEX };
