//! Namespaces, enums, classes and decorators do what they do when TypeScript itself compiles them, or are refused with
//! their place. No snippet may run and say something else.

use super::*;

/// What is compiled right.
const RIGHT: &[(&str, &str)] = &[
    ("a constant", "export namespace N { export const a: number = 1; export const b = a + 1; } export const r = N.b;"),
    ("a variable from outside", "namespace N { export let v: number = 1; } N.v = 5; N.v++; export const r = N.v;"),
    (
        "a variable by its whole name",
        "namespace N { export let v: number = 1; export function inc(): number { N.v++; return N.v; } } export const r = N.inc() + N.v;",
    ),
    (
        "blocks by whole names",
        "namespace N { export const a: number = 1; } namespace N { export const b: number = N.a + 1; } export const r = N.b;",
    ),
    (
        "dotted by whole names",
        "namespace A.B.C { export const x: number = 1; } namespace A.B { export const y: number = A.B.C.x; } export const r = A.B.y;",
    ),
    ("its own name inside", "namespace N { export const N: number = 3; } export const r = N.N;"),
    (
        "a name of its own hides that of another block",
        "namespace N { export const a = 1; } namespace N { const a = 2; export const b = a; export function f(a: number) { return a; } } export const r = [N.a, N.b, N.f(7)];",
    ),
    (
        "namespaces that are not exported are not one",
        "namespace A { namespace I { export const x = 1; } export const p = I.x; } namespace A { const x = 4; namespace I { export const q = x; } export const s = I.q; } export const r = [A.p, A.s];",
    ),
    (
        "nested in two blocks",
        "namespace A { export namespace B { export const x = 1; } } namespace A { export namespace B { export const y = 2; } } export const r = [A.B.x, A.B.y];",
    ),
    (
        "a function and a namespace",
        "function f(): number { return f.calls; } namespace f { export let calls: number = 2; } f.calls++; export const r = f();",
    ),
    (
        "an exported function and a namespace in a namespace",
        "namespace A { export function f() { return f.x; } export namespace f { export const x = 4; } } export const r = A.f();",
    ),
    (
        "a class and a namespace",
        "class C { static s = 1; m() { return C.x; } } namespace C { export const x = C.s + 1; } export const r = [C.x, new C().m()];",
    ),
    (
        "a decorated class and a namespace",
        "function d(c: any) { c.done = 1; } @d class C { static done: number; } namespace C { export const x = C.done; } export const r = C.x;",
    ),
    (
        "a decorated class that a namespace exports",
        "const seen: any[] = []; function d(c: any): any { seen.push(c.name); return class Other {}; } namespace N { @d export class C {} } export const r = [seen, (N.C as any).name];",
    ),
    (
        "an enum and a namespace",
        "enum E { A = 1, B } namespace E { export function both() { return E.A + E.B; } } export const r = [E.both(), E.A];",
    ),
    (
        "a namespace and then an enum",
        "namespace E { export const z = 9; } enum E { A = 1 } export const r = [(E as any).z, E.A];",
    ),
    (
        "enums in parts",
        "enum E { A = 1, B = A << 3 } enum E { C = B + 1, D = E.A } export const r = [E.A, E.B, E.C, E.D, E[9]];",
    ),
    (
        "enums in parts in one block",
        "namespace N { export enum E { A = 1 } export enum E { B = 5, C = A } } export const r = [N.E.A, N.E.B, N.E.C];",
    ),
    (
        "enums of a namespace's constants",
        "namespace N { export const a = 2; export enum E { X = a, Y = X * 3, Z = 'z'.length } } export const r = [N.E.X, N.E.Y, N.E.Z];",
    ),
    (
        "enums of text",
        "const a = 'x'; enum E { A = 'p', B = `${A}q`, C = a.length } export const r = [E.A, E.B, E.C, Object.keys(E)];",
    ),
    ("an enum hides what is around", "const A = 7; enum E { A = 1, B = A } export const r = E.B;"),
    ("enums below zero", "enum E { A = -1, B, C = ~A, D = 1 / 0 } export const r = [E.A, E.B, E.C, Object.keys(E)];"),
    (
        "const enums",
        "namespace N { export const enum E { A = 3 } } const enum F { B = 4 } export const r = [N.E.A, F.B];",
    ),
    (
        "destructured",
        "namespace N { export const { a, b: [c], ...rest } = { a: 1, b: [2], d: 3 }; } export const r = [N.a, N.c, N.rest];",
    ),
    (
        "types only",
        "namespace T { export interface I { a: number } export type U = I; } namespace T { export const k: U = { a: 1 }; } export const r = T.k;",
    ),
    (
        "an alias",
        "namespace N { export const deep = { v: 1 }; } namespace M { export import d = N.deep; export const e = d.v; } import g = M.d; export const r = [M.d.v, M.e, g.v];",
    ),
    (
        "an alias of a type",
        "namespace N { export interface I { a: number } export const x = 1; } namespace M { import I = N.I; export const y: I = { a: N.x }; } export const r = M.y;",
    ),
    (
        "hoisted functions",
        "namespace N { export const a = f(); export function f() { return 3; } } export const r = [N.a, N.f()];",
    ),
    (
        "changed at once, not exported",
        "namespace N { let v = 1; export function inc() { return ++v; } } export const r = [N.inc(), N.inc()];",
    ),
    (
        "parameters become properties before fields",
        "class B { x = this.init(); init() { return 1; } } class C extends B { y = this.a; constructor(public a: number, readonly b = a + 1) { super(); this.y++; } } export const r = { ...new C(3) };",
    ),
    (
        "decorators of members",
        "const seen: any[] = []; const d = (n: string) => (...a: any[]) => { seen.push(n); }; @d('c') class C { @d('m') m(@d('p') p: number) {} @d('f') f = 1; @d('g') get g() { return 1; } constructor(@d('cp') a: number) {} } export const r = seen;",
    ),
    (
        "decorators of instances come first",
        "const seen: any[] = []; const d = (n: string) => (...a: any[]) => { seen.push(n); }; class C { @d('m') m() {} @d('s') static s() {} static a = seen.push('a'); x = 1; @d('g') get g() { return 1; } static t(@d('tp') p: number) {} @d('y') y = 2; static { seen.push('b'); } [Symbol.iterator]() {} } export const r = [seen, Object.keys(new C())];",
    ),
    (
        "decorators that replace",
        "function twice(_: any, __: string, p: any) { const f = p.value; return { ...p, value(n: number) { return 2 * f.call(this, n); } }; } class C { @twice m(n: number) { return n + 1; } @twice static s(n: number) { return n; } } export const r = [new C().m(1), C.s(4)];",
    ),
    (
        "fields, private names, static blocks, accessors",
        "class C { static #n = 0; static { C.#n = 5; } #p = 1; accessor q = 2; declare z: number; get n() { return C.#n + this.#p + this.q; } } export const r = [new C().n, 'z' in new C()];",
    ),
    (
        "abstract and overloaded",
        "abstract class A { abstract m(): number; f(a: string): string; f(a: number): number; f(a: any) { return a; } } class B extends A { override m() { return 1; } } export const r = [new B().m(), new B().f('x')];",
    ),
];

/// What is refused, at the place of the mark `¡`, and what is to be written instead.
const REFUSED: &[(&str, &str)] = &[
    ("export namespace N { export let v: number = 1; export function inc(): number { ¡v++; return v; } }", "write N.v"),
    ("function F() {}\nnamespace F { export let m: number; ¡m = 4; }", "write F.m"),
    ("namespace N { export let v = 1; export const g = () => ¡v; } N.v = 2;", "write N.v"),
    ("namespace N { export var [v] = [1]; export const g = () => ({ ¡v }); }", "write N.v"),
    ("namespace N { export let v = 1; export namespace I { export const g = () => ¡v; } }", "write N.v"),
    ("namespace A { export namespace B { export let v = 1; ¡v++; } }", "write A.B.v"),
    ("namespace N { export declare const v: number; export const g = () => ¡v; }", "write N.v"),
    ("namespace N { export const a = 1; }\nnamespace N { export const b = ¡a + 1; }", "write N.a"),
    ("const a = 5; namespace N { export const a = 1; } namespace N { export const b = ¡a; }", "write N.a"),
    ("namespace N { export function f() { return ¡g(); } } namespace N { export function g() {} }", "write N.g"),
    ("declare namespace N { const a: number; } namespace N { export const b = ¡a; }", "write N.a"),
    ("namespace A.B.C { export const x = 1; } namespace A.B { export const y = ¡C.x; }", "write A.B.C"),
    ("namespace A.B { export class K {} } namespace A.B.C { export class L extends ¡K {} }", "write A.B.K"),
    ("namespace N { export enum ¡E { A } } namespace N { export enum E { B = 1 } }", "in one block"),
    ("class C { @d static s() {} [k()]() {} ¡@d m() {} }", "write them after"),
    ("function f() {} namespace f { export const a = 1; } namespace f { export const b = ¡a; }", "write f.a"),
];

fn file_of(at: usize) -> String {
    format!("s{at}.ts")
}

/// What Node prints for each module of a folder.
fn run_all(folder: &Path, count: usize) -> Vec<String> {
    std::fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    let script = format!(
        "for (let at = 0; at < {count}; at++) {{ let r; try {{ r = JSON.stringify((await import(`./s${{at}}.js`)).r) }} catch (error) {{ r = String(error) }} console.log(r) }}"
    );
    std::fs::write(folder.join("run.mjs"), script).unwrap();
    let ran = Command::new("node").arg("run.mjs").current_dir(folder).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    said.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_compiled_does_what_typescript_makes_of_it() {
    let Some(tsc) = tsc() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (sources, theirs, ours) = (folder.path().join("src"), folder.path().join("tsc"), folder.path().join("bit"));
    [&sources, &theirs, &ours].iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
    for (at, (what, code)) in RIGHT.iter().enumerate() {
        std::fs::write(sources.join(file_of(at)), code).unwrap();
        match attempt(&[(&file_of(at), code)], ModuleSystem::Esm) {
            Ok(compiled) => {
                let compiled = compiled.unwrap();
                std::fs::write(ours.join(format!("s{at}.js")), text(&compiled, &format!("dist/s{at}.js"))).unwrap();
            }
            Err(problems) => panic!("{what}: {}", problems[0]),
        }
    }
    let options = ["--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"];
    let files = (0..RIGHT.len()).map(|at| sources.join(file_of(at)));
    // Types that are wrong are no matter here; what it writes is.
    let ran = Command::new(tsc)
        .args(options)
        .args(["--experimentalDecorators", "--outDir"])
        .arg(&theirs)
        .args(files)
        .output()
        .unwrap();
    let (expected, found) = (run_all(&theirs, RIGHT.len()), run_all(&ours, RIGHT.len()));
    assert_eq!(expected.len(), RIGHT.len(), "{}", String::from_utf8_lossy(&ran.stdout));
    let mut other = String::new();
    for (at, (what, _)) in RIGHT.iter().enumerate() {
        assert!(!expected[at].contains("Error") && expected[at] != "undefined", "{what}: {}", expected[at]);
        if expected[at] != found[at] {
            let code = std::fs::read_to_string(ours.join(format!("s{at}.js"))).unwrap();
            other.push_str(&format!("{what}: {} instead of {}\n{code}\n", found[at], expected[at]));
        }
    }
    assert!(other.is_empty(), "{other}");
}

#[test]
fn what_would_do_something_else_is_refused_with_what_to_write() {
    for (marked, message) in REFUSED {
        let before: Vec<&str> = marked.split('¡').next().unwrap().lines().collect();
        let place = format!("{}:{}", before.len(), before.last().unwrap().len() + 1);
        let problems = attempt(&[("a.ts", &marked.replace('¡', ""))], ModuleSystem::Esm).expect_err(marked);
        let first = problems[0].to_string();
        assert!(first.starts_with(&format!("a.ts:{place}: ")) && first.contains(message), "{marked}\n{first}");
    }
}
