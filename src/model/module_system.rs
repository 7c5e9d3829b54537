/// How Node reads a component's `.js` files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ModuleSystem {
    /// `import` and `export`.
    Esm,
    /// `require` and `module.exports`, or neither.
    #[default]
    CommonJs,
}
