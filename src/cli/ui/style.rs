//! Colours. They are taken out again where standard output is no terminal, or NO_COLOR is set.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// All is well.
pub fn good(text: impl Display) -> String {
    paint(AnsiColor::Green.on_default(), text)
}

/// Look at this.
pub fn warm(text: impl Display) -> String {
    paint(AnsiColor::Yellow.on_default(), text)
}

/// Something is wrong.
pub fn bad(text: impl Display) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

/// A heading.
pub fn strong(text: impl Display) -> String {
    paint(Style::new().bold(), text)
}

/// Less important.
pub fn dim(text: impl Display) -> String {
    paint(Style::new().dimmed(), text)
}
