//! What the author wrote.
