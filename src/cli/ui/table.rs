//! Columns that stand below each other.

/// A way to paint a cell. It is painted after it was made as wide as its column.
pub type Paint = fn(String) -> String;

/// Rows of cells.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<(String, Paint)>>,
}

impl Table {
    /// A table under these headings.
    pub fn new(headings: &[&str]) -> Self {
        let bold: Paint = |text| super::strong(text);
        Self { rows: vec![headings.iter().map(|heading| ((*heading).to_owned(), bold)).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (String, Paint)>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, without spaces at their ends.
    pub fn lines(self) -> impl Iterator<Item = String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|(text, _)| width(text)).max();
        let widths: Vec<usize> = (0..columns).map(|at| wide(at).unwrap_or(0)).collect();
        self.rows.into_iter().map(move |row| line(row, &widths))
    }
}

/// No paint.
pub fn plain(text: String) -> String {
    text
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn line(row: Vec<(String, Paint)>, widths: &[usize]) -> String {
    let last = row.iter().rposition(|(text, _)| !text.is_empty()).unwrap_or(0);
    let mut line = String::new();
    for (at, (text, paint)) in row.into_iter().enumerate().take(last + 1) {
        let padding = if at == last { 0 } else { widths[at].saturating_sub(width(&text)) + 2 };
        line.push_str(&paint(text));
        line.push_str(&" ".repeat(padding));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::default();
        let row = |cells: [&str; 3]| cells.map(|cell| (cell.to_owned(), plain as Paint));
        table.row(row(["größe", "1.0.0", ""]));
        table.row(row(["x", "", "[Deprecated]"]));
        let lines: Vec<String> = table.lines().collect();
        assert_eq!(lines, ["größe  1.0.0", "x             [Deprecated]"]);
    }
}
