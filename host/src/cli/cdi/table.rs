//! Tables for people: aligned columns, of text that may be hostile.

use gantry::text::escape;

/// The longest cell, in bytes: a path fits.
const CELL: usize = 4096;
/// Between columns.
const GAP: usize = 2;

/// Rows of cells, the first with the names of the columns.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&name| name.to_owned()).collect()] }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [&dyn std::fmt::Display; N]) {
        self.rows.push(cells.iter().map(|cell| escape(&cell.to_string(), CELL)).collect());
    }

    /// The rows, or nothing where there are none.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if self.rows.len() < 2 {
            return out;
        }
        let width = |cell: &String| cell.chars().count();
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell));
            }
        }
        for row in &self.rows {
            let mut line = String::new();
            for (cell, widest) in row.iter().zip(&widths) {
                line += cell;
                line.extend(std::iter::repeat_n(' ', widest - width(cell) + GAP));
            }
            out += line.trim_end();
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_cells_escaped() {
        let mut table = Table::new(&["A", "LONGER", "C"]);
        assert_eq!(table.text(), "");
        table.row([&"a\u{1b}b", &1, &""]);
        table.row([&"é", &"more than that", &"x"]);
        let expected = "A         LONGER          C\na\\u{1b}b  1\né         more than that  x\n";
        assert_eq!(table.text(), expected);
    }
}
