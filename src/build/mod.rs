//! What a build needs of the machine: capsules, commands that run in them, what those made, and the memory of it.
//!
//! Nothing here knows components: which commands there are, and what stands in a capsule, is decided in `ops/build`.

mod cache;
mod capsules;
mod command;
mod order;
mod outputs;
mod secret;
mod strays;
mod tools;

pub use cache::{Key, Results};
pub use capsules::{Capsules, KeepCapsules};
pub use command::{Ending, Job, Tail, run, tail};
pub use order::in_order;
pub use outputs::{Made, collect, missing};
pub use secret::Secret;
pub use tools::tools_of;
