//! Imports: what Node needs to find files, JSON and CommonJS's names.

use super::*;

#[test]
fn files_are_found_wherever_they_are() {
    let files = [
        (
            "index.ts",
            r#"
import { util } from './util';
import deep from './lib/deep/inner/file';
import { dir } from './dir';
import { m } from './m.mjs';
import c from './c.cjs';
import data from './data.json';
import { plain } from './plain';
export * from './again.ts';
export * as space from './space';
export const all: unknown[] = [util, deep, dir, m, c.c, data.a, plain];
export const lazy = async (): Promise<unknown> => [(await import('./util')).util, (await import(`./dir/`)).dir, (await import('./data.json')).default.a];
"#,
        ),
        ("util.ts", "export const util: string = 'util';\n"),
        (
            "lib/deep/inner/file.ts",
            "import { util } from '../../../util';\nimport { dir } from '../../../dir/index';\nexport default util + dir;\n",
        ),
        ("dir/index.tsx", "export const dir: string = 'dir';\n"),
        ("m.mts", "export const m: string = 'm';\n"),
        ("c.cts", "const c: string = 'c';\nexport = { c };\n"),
        ("data.json", "{\"a\": 1}\n"),
        (
            "plain.js",
            "import { util } from './util'\nimport data from './data'\nexport const plain = `plain ${util} ${data.a}`\nexport { dir } from \"./dir\"\n",
        ),
        ("again.ts", "export const again: number = 1;\n"),
        ("space.ts", "export const inside: number = 2;\n"),
    ];
    let shown = "[it.all, it.again, it.space.inside]";
    let expected = r#"[["util","utildir","dir","m","c",1,"plain util 1"],1,2]"#;
    let compiled = assert_runs(&files, ModuleSystem::Esm, shown, expected);
    let lazy = node(&compiled, ModuleSystem::Esm, "run.mjs", "import { lazy } from 'it'; console.log(await lazy())");
    assert_eq!(lazy, "[ 'util', 'dir', 1 ]");
    let plain = text(&compiled, "dist/plain.js");
    assert!(
        plain.starts_with("import { util } from './util.js'\nimport data from './data.json' with { type: \"json\" }\n"),
        "{plain}"
    );
    assert!(text(&compiled, "dist/index.js").contains("import data from \"./data.json\" with { type: \"json\" };"));
    assert!(text(&compiled, "dist/lib/deep/inner/file.d.ts").is_ascii());
}

#[test]
fn what_is_right_already_is_not_touched() {
    let plain = "import './style.css'\nimport a from './a.js'\nimport d from \"./d.json\" with { type: 'json' }\nimport x from 'x'; require.resolve('./a')\n";
    let files = [("index.js", plain), ("a.ts", "export default 1;\n"), ("d.json", "1"), ("style.css", "")];
    let expected = plain.replace("'./a')", "'./a.js')");
    assert_eq!(text(&esm(&files), "dist/index.js"), expected);
    let broken = [("index.js", "import from from from"), ("a.ts", "")];
    let compiled = esm(&broken);
    assert_eq!(text(&compiled, "dist/index.js"), "import from from from");
    assert_eq!(compiled.warnings.len(), 1);
}

#[test]
fn json_is_told_to_be_that_in_a_template_too() {
    let files = [("index.ts", "export const data: any = await import(`./d.json`);\n"), ("d.json", "{}\n")];
    let compiled = esm(&files);
    let ran = text(&compiled, "dist/index.js");
    assert!(ran.contains("import(\"./d.json\", { with: { type: \"json\" } })"), "{ran}");
}

#[test]
fn a_nested_package_json_decides_for_its_folder() {
    let files = [
        ("index.ts", "import { old } from './old/a';\nexport const all: string = old;\n"),
        ("old/package.json", "{\"type\": \"commonjs\"}\n"),
        ("old/a.ts", "import { b } from './b';\nexport const old: string = typeof module + b;\n"),
        ("old/b.ts", "export const b: string = 'b';\n"),
    ];
    assert_runs(&files, ModuleSystem::Esm, "it.all", "\"objectb\"");
}

#[test]
fn a_module_that_says_require_gets_it() {
    let files = [
        (
            "index.ts",
            "import path = require('node:path');\nexport const all: unknown[] = [path.sep, require('./c.cjs').c, require('./data').a, path.basename(__filename), path.basename(__dirname), require.resolve('./c').endsWith('c.cjs')];\n",
        ),
        ("c.cts", "export const c: number = 3;\n"),
        ("data.json", "{\"a\": 4}"),
    ];
    assert_runs(&files, ModuleSystem::Esm, "it.all", r#"["/",3,4,"index.js","dist",true]"#);
}

#[test]
fn an_author_who_has_taken_care_is_left_alone() {
    for source in [
        "export const a = typeof require === 'function' ? require('x') : 1;\n",
        "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nexport const a = require('node:path').sep;\n",
        "export const a = (require: any): any => require('x');\n",
    ] {
        let compiled = esm(&[("index.ts", source)]);
        assert!(!text(&compiled, "dist/index.js").contains("__createRequire"), "{source}");
    }
}
