//! Fields of package.json that a person chooses: what is said of a package, and nothing that runs or leads elsewhere.

use super::VersionRange;
use serde_json::{Map, Value};

/// Fields that a version's package.json has beside those that are worked out, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageFields(Map<String, Value>);

/// Why a field can't be taken: the keys that lead to it, and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// From the field's own name inwards.
    pub keys: Vec<String>,
    /// In words.
    pub what: String,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Switch,
    Texts,
    TextOrTexts,
    SwitchOrTexts,
    TextOrObject,
    TextOrObjectOrList,
    ListOfPeople,
    TextByName,
    Programs,
    Switches,
    Publishing,
}

/// All that may stand there. What package managers act on, or may come to act on, is not among them but for `bin`.
const FIELDS: [(&str, Shape); 28] = [
    ("author", Shape::TextOrObject),
    ("bin", Shape::Programs),
    ("browser", Shape::TextOrObject),
    ("bugs", Shape::TextOrObject),
    ("contributors", Shape::ListOfPeople),
    ("cpu", Shape::Texts),
    ("customElements", Shape::Text),
    ("description", Shape::Text),
    ("engines", Shape::TextByName),
    ("funding", Shape::TextOrObjectOrList),
    ("homepage", Shape::Text),
    ("jsdelivr", Shape::Text),
    ("keywords", Shape::Texts),
    ("libc", Shape::Texts),
    ("license", Shape::Text),
    ("maintainers", Shape::ListOfPeople),
    ("os", Shape::Texts),
    ("peerDependenciesMeta", Shape::Switches),
    ("private", Shape::Switch),
    ("publishConfig", Shape::Publishing),
    ("react-native", Shape::TextOrObject),
    ("repository", Shape::TextOrObject),
    ("sass", Shape::Text),
    ("sideEffects", Shape::SwitchOrTexts),
    ("source", Shape::TextOrTexts),
    ("style", Shape::Text),
    ("svelte", Shape::Text),
    ("unpkg", Shape::Text),
];

/// Fields that bit works out, and where what they say is to be said.
const OWN: [(&str, &str); 18] = [
    ("name", "it follows from the component's id: bit rename"),
    ("version", "bit tag gives it"),
    ("type", "it follows from the sources: import and export, or require"),
    ("main", "it follows from the component's main file: bit add --main"),
    ("module", "it follows from the component's main file: bit add --main"),
    ("types", "they follow from the component's main file"),
    ("typings", "they follow from the component's main file"),
    ("typesVersions", "types follow from the component's main file"),
    ("exports", "they follow from the component's files"),
    ("imports", "a component's own files are imported by relative paths"),
    ("files", "a package has all files of the component; .bitignore leaves some out"),
    ("scripts", "nothing of a component runs where it is installed"),
    ("dependencies", "they are found in the imports; ranges belong into teambit.dependencies/dependency-resolver"),
    ("devDependencies", "they are found in the imports; ranges belong into teambit.dependencies/dependency-resolver"),
    ("peerDependencies", "they are found in the imports; ranges belong into teambit.dependencies/dependency-resolver"),
    (
        "optionalDependencies",
        "they are found in the imports; ranges belong into teambit.dependencies/dependency-resolver",
    ),
    ("bundleDependencies", "a package of a component holds no other one"),
    ("bundledDependencies", "a package of a component holds no other one"),
];

/// A version's own word on how it is published is not taken over: whoever goes on with it may be somebody else.
const NOT_INHERITED: &str = "publishConfig";

impl PackageFields {
    /// Reads what a person wrote. `null` says that a field is not to be there, whatever is said further out.
    pub fn read(section: &Map<String, Value>) -> Result<Self, FieldFault> {
        let mut fields = Map::new();
        for (name, value) in section {
            let checked = if value.is_null() { known(name).map(|_| Value::Null) } else { check(name, value) };
            fields.insert(name.clone(), checked?);
        }
        Ok(Self(fields))
    }

    /// Those of a package.json: what is there besides that which is worked out.
    pub fn of_package_json(package_json: &Map<String, Value>, own: &[&str]) -> Result<Self, FieldFault> {
        let chosen = |(name, _): &(&String, &Value)| !own.contains(&name.as_str());
        let chosen = package_json.iter().filter(chosen).map(|(name, value)| (name.clone(), value.clone()));
        Self::read(&chosen.collect())
    }

    /// These, and on top of them others, field by field.
    pub fn overlaid(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// What a next version keeps of them where nobody says otherwise.
    pub fn inherited(mut self) -> Self {
        self.0.remove(NOT_INHERITED);
        self
    }

    /// Whether they say what those of an earlier version do, but for what is not inherited.
    pub fn goes_on_from(&self, before: &Self) -> bool {
        self == before || *self == before.clone().inherited()
    }

    /// Without what only says that a field is not to be there.
    pub fn settled(mut self) -> Self {
        self.0.retain(|_, value| !value.is_null());
        self
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, sorted by name.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The programs that the package brings: their names, and the files that run.
    pub fn programs(&self) -> Vec<(&str, &str)> {
        match self.0.get("bin") {
            Some(Value::String(target)) => vec![("", target)],
            Some(Value::Object(programs)) => {
                programs.iter().filter_map(|(name, target)| Some((name.as_str(), target.as_str()?))).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn fault(keys: &[&str], what: impl Into<String>) -> FieldFault {
    FieldFault { keys: keys.iter().map(|&key| key.to_owned()).collect(), what: what.into() }
}

fn known(name: &str) -> Result<Shape, FieldFault> {
    if let Some((_, shape)) = FIELDS.iter().find(|(field, _)| *field == name) {
        return Ok(*shape);
    }
    Err(match OWN.iter().find(|(field, _)| *field == name) {
        Some((_, instead)) => fault(&[name], format!("\"{name}\" can't be set: {instead}")),
        None => {
            let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
            fault(&[name], format!("\"{name}\" is no field that can be set; those that can: {}", names.join(", ")))
        }
    })
}

/// The value as it is stored.
fn check(name: &str, value: &Value) -> Result<Value, FieldFault> {
    let shape = known(name)?;
    if !value_fits(shape, value) {
        return Err(fault(&[name], format!("\"{name}\" must be {}", words_for(shape))));
    }
    if let Some(text) = find_text(value, &holds_password) {
        let place = text.split_once("://").map_or("a URL", |(scheme, _)| scheme);
        return Err(fault(
            &[name],
            format!("\"{name}\" holds a password in a URL ({place}://…): everybody could read it"),
        ));
    }
    match shape {
        Shape::Programs => checked_programs(name, value),
        Shape::Publishing => check_publishing(name, value).map(|()| value.clone()),
        _ => Ok(value.clone()),
    }
}

fn value_fits(shape: Shape, value: &Value) -> bool {
    let is_texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    // A person, a place, a replacement: of words. `false` is how "browser" leaves a file out.
    let is_plain = |value: &Value| value.is_string() || value == &Value::Bool(false);
    let is_said =
        |value: &Value| value.is_string() || value.as_object().is_some_and(|object| object.values().all(is_plain));
    match shape {
        Shape::Text => value.is_string(),
        Shape::Switch => value.is_boolean(),
        Shape::Texts => is_texts(value),
        Shape::TextOrTexts => value.is_string() || is_texts(value),
        Shape::SwitchOrTexts => value.is_boolean() || is_texts(value),
        Shape::TextOrObject => is_said(value),
        Shape::TextOrObjectOrList => is_said(value) || value.as_array().is_some_and(|list| list.iter().all(is_said)),
        Shape::ListOfPeople => value.as_array().is_some_and(|list| list.iter().all(is_said)),
        Shape::TextByName => value.as_object().is_some_and(|object| object.values().all(Value::is_string)),
        Shape::Programs => {
            value.is_string() || value.as_object().is_some_and(|object| object.values().all(Value::is_string))
        }
        Shape::Switches => value.as_object().is_some_and(|object| object.values().all(Value::is_object)),
        Shape::Publishing => value.is_object(),
    }
}

fn words_for(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "a string",
        Shape::Switch => "true or false",
        Shape::Texts => "a list of strings",
        Shape::TextOrTexts => "a string or a list of strings",
        Shape::SwitchOrTexts => "true, false or a list of strings",
        Shape::TextOrObject => "a string or an object of strings",
        Shape::TextOrObjectOrList => "a string, an object of strings or a list of those",
        Shape::ListOfPeople => "a list of people, each a string or an object of strings",
        Shape::TextByName => "an object of strings",
        Shape::Programs => "a file, or an object: names of programs, and their files",
        Shape::Switches => "an object of objects",
        Shape::Publishing => "an object",
    }
}

/// Programs come to stand in a folder of the PATH, so neither their names nor their files may lead elsewhere.
fn checked_programs(field: &str, value: &Value) -> Result<Value, FieldFault> {
    let clean = |keys: &[&str], target: &Value| {
        let target = target.as_str().unwrap_or_default();
        let target = target.strip_prefix("./").unwrap_or(target);
        match is_inside(target) {
            true => Ok(Value::from(target)),
            false => Err(fault(keys, format!("\"{target}\" is no file of the component"))),
        }
    };
    let Some(programs) = value.as_object() else { return clean(&[field], value) };
    let mut cleaned = Map::new();
    for (name, target) in programs {
        if !is_program_name(name) {
            let what = format!("\"{name}\" is no name for a program: letters, digits, \"-\", \"_\" and \".\" only");
            return Err(fault(&[field, name], what));
        }
        cleaned.insert(name.clone(), clean(&[field, name], target)?);
    }
    Ok(Value::Object(cleaned))
}

fn is_program_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_plain) && !name.starts_with(['.', '-'])
}

fn is_inside(path: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    path.split('/').all(is_plain) && !path.contains(['\\', ':']) && !path.chars().any(char::is_control)
}

/// npm takes any setting of its own from there; these three say where to and for whom.
fn check_publishing(field: &str, value: &Value) -> Result<(), FieldFault> {
    const SETTINGS: [&str; 3] = ["access", "registry", "tag"];
    for (name, setting) in value.as_object().into_iter().flatten() {
        if !SETTINGS.contains(&name.as_str()) || !setting.is_string() {
            let what = format!("\"{name}\" can't be set: only {}, each a string", SETTINGS.join(", "));
            return Err(fault(&[field, name], what));
        }
        if let Some(tag) = setting.as_str().filter(|tag| name == "tag" && VersionRange::parse(tag.trim()).is_ok()) {
            let what = format!("\"{tag}\" can be no dist-tag: npm would take it for a version");
            return Err(fault(&[field, name], what));
        }
    }
    Ok(())
}

fn find_text<'v>(value: &'v Value, is_meant: &dyn Fn(&str) -> bool) -> Option<&'v str> {
    match value {
        Value::String(text) => is_meant(text).then_some(text.as_str()),
        Value::Array(list) => list.iter().find_map(|value| find_text(value, is_meant)),
        Value::Object(object) => object.values().find_map(|value| find_text(value, is_meant)),
        _ => None,
    }
}

fn holds_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<PackageFields, FieldFault> {
        PackageFields::read(value.as_object().unwrap())
    }

    #[test]
    fn what_is_said_of_a_package_is_taken() {
        let fields = json!({
            "license": "MIT", "keywords": ["a", "b"], "sideEffects": false, "engines": {"node": ">=20"},
            "bin": {"do-it": "./bin/run.js"}, "repository": {"type": "git", "url": "git+ssh://git@example.com/x.git"},
            "peerDependenciesMeta": {"react": {"optional": true}}, "private": true, "browser": {"./node.js": false},
            "funding": ["https://example.com", {"type": "x", "url": "https://example.com"}], "publishConfig": {"tag": "next"},
        });
        let read = read(fields).unwrap();
        assert_eq!(read.programs(), [("do-it", "bin/run.js")], "as npm would correct it");
        let names: Vec<&String> = read.as_map().keys().collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn what_runs_or_is_worked_out_is_refused_and_named() {
        for (value, keys, word) in [
            (json!({"scripts": {"postinstall": "x"}}), "scripts", "nothing of a component runs"),
            (json!({"main": "x.js"}), "main", "bit add --main"),
            (json!({"dependencies": {}}), "dependencies", "dependency-resolver"),
            (json!({"gypfile": true}), "gypfile", "is no field that can be set"),
            (json!({"version": null}), "version", "bit tag gives it"),
            (json!({"license": 1}), "license", "must be a string"),
            (json!({"author": {"name": "Ada", "email": 7}}), "author", "an object of strings"),
            (json!({"contributors": [{"name": ["Ada"]}]}), "contributors", "an object of strings"),
            (json!({"funding": [7]}), "funding", "a list of those"),
            (json!({"publishConfig": {"tag": "1.x"}}), "publishConfig.tag", "can be no dist-tag"),
            (json!({"bin": "../run.js"}), "bin", "is no file of the component"),
            (json!({"bin": {"a": "/bin/sh"}}), "bin.a", "is no file of the component"),
            (json!({"bin": {"../a": "a.js"}}), "bin.../a", "is no name for a program"),
            (
                json!({"publishConfig": {"//example.com/:_authToken": "x"}}),
                "publishConfig.//example.com/:_authToken",
                "can't be set",
            ),
            (json!({"repository": "https://me:secret@example.com/x"}), "repository", "holds a password"),
        ] {
            let fault = read(value.clone()).unwrap_err();
            assert_eq!(fault.keys.join("."), keys, "{value}");
            assert!(fault.what.contains(word) && !fault.what.contains("secret"), "{value}: {}", fault.what);
        }
    }

    #[test]
    fn the_inner_word_counts_and_null_takes_a_field_away() {
        let outer =
            read(json!({"license": "MIT", "description": "all", "publishConfig": {"access": "public"}})).unwrap();
        let inner = read(json!({"license": "ISC", "description": null})).unwrap();
        let merged = outer.clone().overlaid(&inner).settled();
        assert_eq!(
            Value::Object(merged.as_map().clone()),
            json!({"license": "ISC", "publishConfig": {"access": "public"}})
        );
        assert_eq!(outer.inherited().as_map().len(), 2);
    }
}
