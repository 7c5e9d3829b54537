//! Pure ideas: no I/O.
