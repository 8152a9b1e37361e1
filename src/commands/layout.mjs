// Graphviz, pinned: DOT on standard input becomes SVG on standard output, the same on every machine.
import { readFileSync } from "node:fs";
import { instance } from "@viz-js/viz";

const viz = await instance();
process.stdout.write(viz.renderString(readFileSync(0, "utf8"), { format: "svg" }));
