// One pass of oxc over TypeScript files in one process: code, source maps and declarations. Nothing is written.
// usage: node oxc_pass.mjs <folder of node_modules> <folder of sources>
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [tools, sources] = process.argv.slice(2);
const { transformSync } = createRequire(join(tools, "node_modules/"))("oxc-transform");
let made = 0;
for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const options = { sourcemap: true, typescript: { declaration: {} } };
  const { code, map, declaration, errors } = transformSync(path, readFileSync(path, "utf8"), options);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  made += code.length + map.mappings.length + declaration.length;
}
if (made === 0) throw new Error(`no TypeScript in ${sources}`);
