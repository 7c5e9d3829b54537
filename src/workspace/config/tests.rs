use super::*;
use proptest::prelude::*;
use serde_json::json;

fn parse(text: &str) -> Result<WorkspaceConfig> {
    WorkspaceConfig::parse(Path::new("/w/workspace.jsonc"), text)
}

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn file(text: &str) -> ConfigFile {
    ConfigFile { path: "/w/workspace.jsonc".into(), text: text.into() }
}

fn workspace(inside: &str) -> String {
    format!("{{\n  // the workspace\n  \"teambit.workspace/workspace\": {{\n    {inside}\n  }}\n}}")
}

#[test]
fn the_known_keys_are_read_and_the_others_kept() {
    let config = parse(
        r#"{
          /* a comment */ 'teambit.workspace/workspace': {name: "w", icon: "i", defaultScope: "my-org.ui", defaultDirectory: "./components/{owner}/{name}",},
          "teambit.dependencies/dependency-resolver": {"policy": {
            "dependencies": {"react": "^18.0.0", "lodash": {"version": "4"}}, "peerDependencies": {"vue": "3"},
          }, "other": 1},
          "bit.build/anything": {"a": [1.5, null]},
        }"#,
    )
    .unwrap();
    assert_eq!((config.name.as_deref(), config.icon.as_deref()), (Some("w"), Some("i")));
    assert_eq!(config.default_scope.as_str(), "my-org.ui");
    assert_eq!(config.default_directory, "components/{owner}/{name}");
    assert_eq!(config.policy.dependencies["lodash"], "4");
    assert_eq!((config.policy.peer_dependencies["vue"].as_str(), config.policy.dev_dependencies.len()), ("3", 0));
    assert_eq!(config.raw("bit.build/anything"), Some(&json!({"a": [1.5, null]})));
    assert_eq!(config.raw("nothing"), None);
}

#[test]
fn an_empty_file_of_settings_has_defaults() {
    let config = parse("\u{feff}{}").unwrap();
    assert!(config.default_scope.is_placeholder());
    assert_eq!((config.name, config.default_directory.as_str()), (None, "{scope}/{name}"));
}

#[test]
fn errors_say_where_and_what() {
    let broken = error("{\n  \"a\": 1,\n  b c\n}");
    assert!(broken.contains("failed parsing the workspace.jsonc file at /w/workspace.jsonc:3:5: "), "{broken}");
    let scope = error(&workspace("\"defaultScope\": \"My Org.UI\""));
    assert!(scope.contains(":4:5: \"My Org.UI\" is invalid as a scope name"), "{scope}");
    assert!(scope.contains("did you mean \"my-org.ui\"?"), "{scope}");
    assert!(error(&workspace("\"name\": 1")).contains(":4:5: \"name\" must be a string"));
    assert!(error("{\n\"teambit.workspace/workspace\": []}").contains(":2:1: "));
    let policy = "{\"teambit.dependencies/dependency-resolver\": {\"policy\": {\"dependencies\": {\n \"react\": 18}}}}";
    assert!(error(policy).contains(":2:2: the range of \"react\" must be a string"), "{}", error(policy));
    let variant = error("{\"teambit.workspace/variants\": {\"a\": {}, \n\"b\": {\"defaultScope\": \"A\"}}}");
    assert!(variant.contains(":2:7: \"A\" is invalid as a scope name"), "{variant}");
    assert!(
        error("{\"teambit.workspace/variants\": {\n\"{a[}\": {}}}").contains(":2:1: the pattern \"a[\" can't be read")
    );
    assert!(error("{\"teambit.workspace/variants\": {\n\"a\": 1}}").contains(":2:1: a variant is an object"));
    assert!(error("{\"teambit.workspace/variants\": 1}").contains("expected opening brace"));
    assert!(error("[1]").contains(":1:1: "));
}

#[test]
fn the_directory_of_imported_components_follows_the_pattern() {
    let directory = |pattern: &str, id: &str| {
        let config = parse(&workspace(&format!("\"defaultDirectory\": \"{pattern}\""))).unwrap();
        config.directory_for(&id.parse().unwrap())
    };
    assert_eq!(directory("{scope}/{name}", "my-org.ui/ui/button"), "ui/ui/button");
    assert_eq!(directory("c/{owner}/{scope}/{name}", "ui/button"), "c/ui/button");
    assert_eq!(directory("{scopeId}-x/{name}", "my-org.ui/button"), "my-org.ui-x/button");
    assert_eq!(directory("components/", "my-org.ui/button"), "components/button");
    let refused = |pattern: &str| error(&workspace(&format!("\"defaultDirectory\": \"{pattern}\"")));
    let unknown = refused("{non-exist-param}/{name}");
    assert!(
        unknown.contains(
            "the \"non-exist-param\" part of the component structure \"{non-exist-param}/{name}\" is invalid"
        )
    );
    for bad in ["../{name}", "/abs/{name}", "node_modules/{name}", "{name", "a\\\\{name}"] {
        assert!(refused(bad).contains("workspace.jsonc:4:5: "), "{bad}");
    }
}

#[test]
fn the_template_parses_back() {
    let options = TemplateOptions {
        name: "SCOPE \"DIRECTORY\" NAME\\".into(),
        default_scope: Some(ScopeName::new("my-org.ui").unwrap()),
        default_directory: Some("SCHEMA NAME/{name}".into()),
    };
    let config = parse(&template(&options)).unwrap();
    assert_eq!(
        (config.name.as_ref(), Some(&config.default_scope)),
        (Some(&options.name), options.default_scope.as_ref())
    );
    assert_eq!(Some(&config.default_directory), options.default_directory.as_ref());
    assert_eq!(config.raw("$schema"), Some(&json!(SCHEMA_URL)));
    let plain = parse(&template(&TemplateOptions { name: "w".into(), ..Default::default() })).unwrap();
    assert!(plain.default_scope.is_placeholder() && plain.policy == Packages::default());
    assert!(plain.raw(VARIANTS).is_some());
}

#[test]
fn the_templates_comments_survive_an_edit() {
    let before = template(&TemplateOptions { name: "w".into(), ..Default::default() });
    let mut file = file(&before);
    file.set_default_scope(&ScopeName::new("my-org.ui").unwrap()).unwrap();
    assert_eq!(file.text, before.replace("\"my-scope\"", "\"my-org.ui\""));
    file.set(&["teambit.dependencies/dependency-resolver", "policy", "dependencies", "react"], json!("^18.0.0"))
        .unwrap();
    let policy = "      \"dependencies\": {\n        \"react\": \"^18.0.0\"\n      },";
    assert_eq!(
        file.text,
        before.replace("\"my-scope\"", "\"my-org.ui\"").replace("      \"dependencies\": {},", policy)
    );
}

#[test]
fn an_edit_that_changes_nothing_leaves_every_byte() {
    let text = workspace("'defaultScope' : 'a.b'  ,");
    let mut file = file(&text);
    file.set_default_scope(&ScopeName::new("a.b").unwrap()).unwrap();
    assert!(!file.remove(&["x", "y"]).unwrap());
    assert_eq!(file.text, text);
}

#[test]
fn objects_on_the_way_are_made_and_other_values_refused() {
    let mut file = file("{\r\n\t\"a\": 1 // one\r\n}\r\n");
    file.set(&["b", "c \"d\"", "e"], json!([1, {"f": null}])).unwrap();
    assert!(
        file.text.starts_with("{\r\n\t\"a\": 1, // one\r\n\t\"b\": {\r\n\t\t\"c \\\"d\\\"\": {\r\n"),
        "{:?}",
        file.text
    );
    assert_eq!(file.text.matches('\n').count(), file.text.matches("\r\n").count());
    let before = file.text.clone();
    let refused = file.set(&["a", "b"], json!(1)).unwrap_err().to_string();
    assert!(refused.contains("could not change \"a\" → \"b\""), "{refused}");
    assert_eq!(file.text, before);
    assert!(self::file("{").set(&["a"], json!(1)).is_err());
    assert!(self::file("[]").set(&["a"], json!(1)).is_err());
}

#[test]
fn of_two_keys_the_one_that_counts_is_changed() {
    let mut file = file("{\"a\": 1, \"a\": 2}");
    file.set(&["a"], json!(3)).unwrap();
    assert_eq!(file.text, "{\"a\": 1, \"a\": 3}");
    assert!(file.remove(&["a"]).unwrap());
    assert_eq!(parse(&file.text).unwrap().raw("a"), None);
}

#[test]
fn it_is_written_only_when_it_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("workspace.jsonc");
    assert!(WorkspaceConfig::read(&path).unwrap().is_none());
    let file = ConfigFile { path: path.clone(), text: "\u{feff}{}\r\n".into() };
    assert!(file.save(dir.path()).unwrap() && !file.save(dir.path()).unwrap());
    assert_eq!(ConfigFile::read(&path).unwrap(), Some(file));
    assert!(WorkspaceConfig::read(&path).unwrap().is_some());
}

/// A file as somebody may have laid it out.
#[derive(Debug, Clone)]
struct Layout {
    bom: bool,
    newline: &'static str,
    indent: &'static str,
    trailing_comma: bool,
    properties: Vec<Property>,
}

#[derive(Debug, Clone)]
struct Property {
    above: &'static str,
    colon: &'static str,
    value: &'static str,
    before_comma: &'static str,
    behind: &'static str,
}

impl Layout {
    /// The text, with other values at some places.
    fn text(&self, replaced: Option<(usize, &str)>) -> String {
        let Self { newline, indent, .. } = self;
        let mut text = format!("{}// top{newline}{{{newline}", if self.bom { json::BOM } else { "" });
        for (at, Property { above, colon, value, before_comma, behind }) in self.properties.iter().enumerate() {
            let value = replaced.filter(|(index, _)| *index == at).map_or(*value, |(_, value)| value);
            let value = value.replace('\n', &format!("{newline}{indent}")).replace('\t', indent);
            let comma = if at + 1 < self.properties.len() || self.trailing_comma { "," } else { "" };
            let above = above.replace('\n', newline).replace('\t', indent);
            text += &format!("{above}{indent}\"k{at}\"{colon}{value}{before_comma}{comma}{behind}{newline}");
        }
        text + "}" + newline + "/* end */" + newline
    }
}

fn property() -> impl Strategy<Value = Property> {
    let above =
        prop::sample::select(vec!["", "\t// above\n", "\n\n", "\t/* two\n\tlines, { */\n", "\n\t// \"k0\": 1,\n"]);
    let colon = prop::sample::select(vec![": ", ":", " :  ", ": /* c */ "]);
    let value = prop::sample::select(vec![
        "1",
        "-1.5e3",
        "\"te//xt }\"",
        "'single'",
        "null",
        "true",
        "[]",
        "[1, /* x */ 2,]",
        "{}",
        "{\"in\": 1}",
        "{\n\t// inside\n\t\"in\": 1, // behind\n}",
        "{ in: 'x', }",
        "0xff",
        "\"\\u00e9\\\"\"",
    ]);
    let before_comma = prop::sample::select(vec!["", " ", " /* late */"]);
    let behind = prop::sample::select(vec!["", " // behind, {", " /* behind */", "  "]);
    (above, colon, value, before_comma, behind).prop_map(|(above, colon, value, before_comma, behind)| Property {
        above,
        colon,
        value,
        before_comma,
        behind,
    })
}

fn layout() -> impl Strategy<Value = Layout> {
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    let indent = prop::sample::select(vec!["  ", "    ", "\t"]);
    (any::<bool>(), newline, indent, any::<bool>(), prop::collection::vec(property(), 1..6)).prop_map(
        |(bom, newline, indent, trailing_comma, properties)| Layout {
            bom,
            newline,
            indent,
            trailing_comma,
            properties,
        },
    )
}

fn is_subsequence(small: &str, large: &str) -> bool {
    let mut large = large.chars();
    small.chars().all(|wanted| large.any(|c| c == wanted))
}

proptest! {
    #[test]
    fn replacing_a_value_touches_nothing_else(layout in layout(), at: prop::sample::Index) {
        let at = at.index(layout.properties.len());
        let mut file = file(&layout.text(None));
        file.set(&[&format!("k{at}")], json!("new, \"value\" // }")).unwrap();
        prop_assert_eq!(file.text, layout.text(Some((at, r#""new, \"value\" // }""#))));
    }

    #[test]
    fn a_new_key_is_only_added(layout in layout()) {
        let before = layout.text(None);
        let mut file = file(&before);
        file.set(&["new"], json!("value")).unwrap();
        prop_assert!(is_subsequence(&before, &file.text), "{}", file.text);
        let line = format!("{}{}\"new\": \"value\"", layout.newline, layout.indent);
        prop_assert!(file.text.contains(&line), "{:?}", file.text);
        prop_assert_eq!(file.text.len(), before.len() + line.len() + 1, "the line and one comma");
    }

    #[test]
    fn removing_a_key_only_takes_away(layout in layout(), at: prop::sample::Index) {
        let at = at.index(layout.properties.len());
        let before = layout.text(None);
        let mut file = file(&before);
        let removed = file.remove(&[&format!("k{at}")]).unwrap();
        prop_assert!(removed);
        prop_assert!(is_subsequence(&file.text, &before), "{}", file.text);
        for (other, property) in layout.properties.iter().enumerate().filter(|(other, _)| *other != at) {
            let kept = format!("\"k{other}\"{}", property.colon);
            prop_assert!(file.text.contains(&kept), "{} in {:?}", kept, file.text);
        }
        prop_assert_eq!(file.text.starts_with(json::BOM), layout.bom);
    }

    #[test]
    fn a_value_inside_an_object_is_changed_in_place(layout in layout(), at: prop::sample::Index) {
        let mut layout = layout;
        let at = at.index(layout.properties.len());
        layout.properties[at].value = "{\n\n\t// inside\n\t\"in\": 1, // behind\n\n}";
        let mut file = file(&layout.text(None));
        file.set(&[&format!("k{at}"), "in"], json!(2)).unwrap();
        let changed = layout.properties[at].value.replace("\"in\": 1", "\"in\": 2");
        let changed = layout.text(Some((at, &changed)));
        prop_assert_eq!(&file.text, &changed);
        file.set(&[&format!("k{at}"), "new"], json!([])).unwrap();
        let line = format!("{0}{1}{1}\"new\": []", layout.newline, layout.indent);
        prop_assert!(is_subsequence(&changed, &file.text) && file.text.contains(&line), "{:?}", file.text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[{}\\[\\]\",:a/ \\\\'\n*]{0,60}") {
        let _ = parse(&text);
        let _ = file(&text).set(&["a"], json!(1));
    }
}
