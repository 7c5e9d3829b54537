//! What the author wrote.
//!
//! Which files of a folder belong to a component, what they import, where those imports lead,
//! how a specifier is exchanged without touching the bytes around it, and what Node runs in the place of TypeScript.
//! Nothing here knows of scopes, versions or git; nothing here prints.

pub mod compile;
pub mod files;
pub mod imports;
pub mod resolve;
pub mod rewrite;
pub mod text;
