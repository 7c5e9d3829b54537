use super::*;
use serde_json::json;

fn read(value: Value) -> Result<Environments, String> {
    let Value::Object(root) = value else { panic!("an object") };
    Environments::read(&root).map_err(|fault| format!("{}: {}", fault.keys.join("/"), fault.what))
}

fn with_task(task: Value) -> Result<Environments, String> {
    read(json!({ENVS: {"own": {"tasks": [task]}}}))
}

#[test]
fn tasks_run_in_their_order_and_compile_is_built_in() {
    let environments = read(json!({ENVS: {
        "react": {"tasks": [
            {"task": "compile"},
            {"name": "test", "run": "npx vitest run", "inputs": ["**/*.ts"], "outputs": ["coverage/"]},
        ]},
        "typed": {"declarations": "tsc"},
    }, ENV: "react"}))
    .unwrap();
    let react = environments.common().unwrap();
    assert_eq!(react.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(), ["compile", "test"]);
    assert!(react.compiles() && react.tasks[1].is_test() && !react.tasks[0].is_test());
    assert_eq!(react.outputs(), ["coverage"]);
    assert!(react.tasks[1].inputs.as_ref().is_some_and(|globs| globs.matches("a/b.ts") && !globs.matches("a.css")));
    let typed = environments.get("typed").unwrap();
    assert!(typed.compiles() && typed.declarations == Declarations::Tsc && typed.outputs().is_empty());
    assert_eq!(typed.tasks[1].work, TaskWork::Declarations);
    assert!(environments.get("none").unwrap().tasks.is_empty() && environments.get("other").is_none());
}

#[test]
fn what_is_wrong_is_named_with_a_way_out() {
    let cases = [
        (read(json!({ENVS: []})), "must be an object"),
        (read(json!({ENVS: {"node": {}}})), "built in: give this one another name"),
        (read(json!({ENVS: {"a/b": {}}})), "can't be called \"a/b\""),
        (read(json!({ENVS: {"own": {"task": []}}})), "no \"task\", only tasks, declarations"),
        (read(json!({ENVS: {"own": {"tasks": {}}}})), "must be a list"),
        (read(json!({ENVS: {"own": {"declarations": "swc"}}})), "can be \"tsc\""),
        (read(json!({ENV: "raect", ENVS: {"react": {}}})), "did you mean \"react\"?"),
        (read(json!({ENV: "vue"})), "\"bit.build/envs\": {\"vue\""),
        (read(json!({ENV: 1})), "must be a string"),
        (read(json!({ENVS: {"own": {"tasks": [{"task": "compile"}, {"task": "compile"}]}}})), "two tasks are"),
        (with_task(json!("test")), "must be an object"),
        (with_task(json!({"run": "x"})), "needs a \"name\""),
        (with_task(json!({"name": "x"})), "needs \"run\""),
        (with_task(json!({"name": "x", "run": " "})), "needs \"run\""),
        (with_task(json!({"name": "../x", "run": "x"})), "can't be called"),
        (with_task(json!({"name": "x", "run": "x", "shell": "y"})), "no \"shell\""),
        (with_task(json!({"name": "x", "run": "x", "inputs": "a"})), "must be a list of strings"),
        (with_task(json!({"name": "x", "run": "x", "inputs": ["{a"]})), "\"inputs\""),
        (with_task(json!({"task": "bundle"})), "no built-in task \"bundle\""),
    ];
    for (read, expected) in cases {
        let error = read.expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn outputs_lead_nowhere_else() {
    for path in ["dist", "./dist/", "a/b", "lib.d.ts"] {
        assert!(with_task(json!({"name": "x", "run": "x", "outputs": [path]})).is_ok(), "{path}");
    }
    for path in [
        "",
        ".",
        "..",
        "../x",
        "/etc",
        "a/../b",
        "a//b",
        "a\\b",
        ".git",
        ".GIT/hooks",
        "x/.git",
        "node_modules",
        "x/node_modules",
        "package.json",
        "PACKAGE.json",
        "component.json",
        ".npmrc",
        ".gitattributes",
        "yarn.lock",
        ".bit",
    ] {
        let error = with_task(json!({"name": "x", "run": "x", "outputs": [path]})).expect_err(path);
        assert!(error.contains("\"outputs\" can't hold") && error.starts_with("bit.build/envs/own/tasks"), "{error}");
    }
    let error = with_task(json!({"name": "x", "run": "x", "outputs": ["out*"]})).expect_err("a pattern");
    assert!(error.contains("name a file, or a folder for all that is in it"), "{error}");
}
