//! What compiled code calls at run time where Node has no such thing yet, put into each file that needs it: a package
//! must run without another one that its author never named.

/// Decorators as TypeScript's `experimentalDecorators` has them.
const DECORATE: &str = r#"
  decorate(decorators, target, key, descriptor) {
    const ofClass = arguments.length < 3;
    let result = ofClass ? target : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
    if (typeof Reflect.decorate === "function") {
      result = Reflect.decorate(decorators, target, key, descriptor);
    } else {
      for (const decorator of [...decorators].reverse()) {
        result = (ofClass ? decorator(result) : result ? decorator(target, key, result) : decorator(target, key)) || result;
      }
    }
    if (!ofClass && result) Object.defineProperty(target, key, result);
    return result;
  },"#;

const DECORATE_PARAM: &str = r#"
  decorateParam(index, decorator) {
    return (target, key) => decorator(target, key, index);
  },"#;

/// `using` and `await using`.
const USING: &str = r#"
  usingCtx() {
    const none = {};
    const held = [];
    const hold = (value, isAsync) => {
      if (value === null || value === undefined) {
        if (isAsync) held.push({ isAsync });
        return value;
      }
      const method = (name) => value[Symbol[name] ?? Symbol.for("Symbol." + name)];
      const dispose = (isAsync ? method("asyncDispose") : undefined) ?? method("dispose");
      if (typeof dispose !== "function") throw new TypeError("a value of `using` can not be disposed of");
      held.push({ value, dispose, isAsync });
      return value;
    };
    const both = (error, suppressed) => typeof SuppressedError === "function"
      ? new SuppressedError(error, suppressed)
      : Object.assign(new Error(error?.message), { name: "SuppressedError", error, suppressed });
    return {
      e: none,
      u: (value) => hold(value, false),
      a: (value) => hold(value, true),
      d() {
        let failure = this.e;
        const failed = (error) => { failure = failure === none ? error : both(error, failure); };
        const next = () => {
          for (let item = held.pop(); item; item = held.pop()) {
            try {
              const done = item.dispose?.call(item.value);
              if (item.isAsync) return Promise.resolve(done).then(next, (error) => { failed(error); return next(); });
            } catch (error) {
              failed(error);
            }
          }
          if (failure !== none) throw failure;
        };
        return next();
      },
    };
  },"#;

const HELPERS: [(&str, &str); 3] = [("decorate", DECORATE), ("decorateParam", DECORATE_PARAM), ("usingCtx", USING)];

/// The object that holds the named helpers, by the name under which compiled code looks for it. The error is the name
/// of one that there isn't.
pub(super) fn helpers(names: &[&'static str]) -> Result<Option<String>, &'static str> {
    if let Some(unknown) = names.iter().find(|name| !HELPERS.iter().any(|(known, _)| known == *name)) {
        return Err(unknown);
    }
    let wanted: Vec<&str> = HELPERS.iter().filter(|(name, _)| names.contains(name)).map(|(_, text)| *text).collect();
    Ok((!wanted.is_empty()).then(|| format!("const babelHelpers = {{{}\n}};", wanted.concat())))
}

/// What makes names of CommonJS known in a module.
pub(super) fn common_js_names(names: &[&str]) -> Option<String> {
    let line = |name: &&str| match *name {
        "require" => Some(concat!(
            "import { createRequire as __createRequire } from \"node:module\";\n",
            "const require = __createRequire(import.meta.url);\n",
        )),
        "__dirname" => Some("const __dirname = import.meta.dirname;\n"),
        "__filename" => Some("const __filename = import.meta.filename;\n"),
        _ => None,
    };
    let text: String = names.iter().filter_map(line).collect();
    (!text.is_empty()).then_some(text)
}
