// One pass of oxc over TypeScript files in one process: code, source maps and declarations, read and written.
// usage: node oxc_pass.mjs <folder of node_modules> <from> <to>
import { createRequire } from "node:module";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [tools, from, to] = process.argv.slice(2);
const { transformSync } = createRequire(join(tools, "node_modules/"))("oxc-transform");
const made = new Set();
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const options = { sourcemap: true, typescript: { declaration: {} } };
  const { code, map, declaration, errors } = transformSync(path, readFileSync(path, "utf8"), options);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const target = join(to, path.slice(from.length)).replace(/\.tsx?$/, "");
  const folder = dirname(target);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  writeFileSync(`${target}.js`, code);
  writeFileSync(`${target}.js.map`, JSON.stringify(map));
  writeFileSync(`${target}.d.ts`, declaration);
}
