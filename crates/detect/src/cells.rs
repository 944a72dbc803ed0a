//! The rows of a table or of JSON lines, read as they come, within bounds.
//!
//! What leaked may be of any size and written by anybody: a field without an end, a quote that is never closed. So nothing
//! is held but the cells that are asked for, each up to a bound, and what does not fit is said and not guessed. Tables
//! are those of RFC 4180, their cells parted by commas, tabs, semicolons or bars, whichever the header is parted by.

use accesslog::{JsonPaths, LINE_BYTES_MAX};
use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

/// How much of a cell is kept, in bytes.
const CELL_BYTES_MAX: usize = 4_096;

/// How long the header of a table may be, in bytes.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// What parts the cells of a table.
const DELIMITERS: [u8; 4] = *b",\t;|";

/// The cells of one row that were asked for, by their places; `None` where there is none, or one that is too long.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

/// Reads rows.
pub(crate) enum Rows {
    Table(Box<Table>),
    Lines(Lines),
}

impl Rows {
    /// Rows of a table, in whose header these columns are.
    pub(crate) fn of_table(columns: Vec<String>) -> Rows {
        Rows::Table(Box::new(Table {
            columns,
            opening: Vec::new(),
            reader: None,
            places: Vec::new(),
            row: Row::new(),
            cell: Vec::new(),
            length: 0,
            column: 0,
            is_header: true,
            fault: None,
        }))
    }

    /// JSON lines, each an object with values at these paths.
    pub(crate) fn of_lines(paths: &[&str]) -> Rows {
        let places = JsonPaths::new(paths).ok();
        Rows::Lines(Lines { places, count: paths.len(), line: Vec::new(), is_overlong: false })
    }

    /// Takes in the next bytes and shows each row that ends in them.
    pub(crate) fn take(&mut self, bytes: &[u8], each: &mut dyn FnMut(&Row)) {
        match self {
            Rows::Table(table) => table.take(bytes, each),
            Rows::Lines(lines) => lines.take(bytes, each),
        }
    }

    /// Shows the last row, which no line feed ends, and says what makes the whole unreadable.
    pub(crate) fn finish(mut self, each: &mut dyn FnMut(&Row)) -> Option<&'static str> {
        match &mut self {
            Rows::Table(table) => {
                table.finish(each);
                table.fault
            }
            Rows::Lines(lines) => {
                lines.end_line(each);
                None
            }
        }
    }
}

pub(crate) struct Table {
    columns: Vec<String>,
    /// The bytes before the header is whole.
    opening: Vec<u8>,
    reader: Option<Reader>,
    /// Which column of the table each of those asked for is.
    places: Vec<usize>,
    row: Row,
    cell: Vec<u8>,
    /// How long the cell is, what is not kept of it too.
    length: usize,
    column: usize,
    /// Whether the row is the header.
    is_header: bool,
    fault: Option<&'static str>,
}

impl Table {
    fn take(&mut self, bytes: &[u8], each: &mut dyn FnMut(&Row)) {
        if self.fault.is_some() {
            return;
        }
        if self.reader.is_some() {
            return self.read(bytes, each);
        }
        self.opening.extend_from_slice(bytes);
        match self.begin(false) {
            true => self.read_opening(each),
            false if HEADER_BYTES_MAX < self.opening.len() => {
                self.fault = Some("its header does not name the column in its first 64 KiB");
                self.opening = Vec::new();
            }
            false => {}
        }
    }

    /// Finds the columns in the header, if that is whole or nothing more comes; whether they are there.
    fn begin(&mut self, is_over: bool) -> bool {
        let opening = self.opening.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.opening);
        for delimiter in DELIMITERS {
            let Some(header) = header(opening, delimiter, is_over) else { continue };
            let place = |name: &String| header.iter().position(|cell| cell.trim_ascii() == name.trim().as_bytes());
            if let Some(places) = self.columns.iter().map(place).collect::<Option<Vec<usize>>>() {
                self.places = places;
                self.reader = Some(reader(delimiter));
                return true;
            }
        }
        false
    }

    fn read_opening(&mut self, each: &mut dyn FnMut(&Row)) {
        let opening = std::mem::take(&mut self.opening);
        self.read(opening.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&opening), each);
    }

    fn read(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(&Row)) {
        let mut buffer = [0; 1024];
        while !bytes.is_empty() && self.fault.is_none() {
            let Some(reader) = &mut self.reader else { return };
            let (result, taken, given) = reader.read_field(bytes, &mut buffer);
            bytes = &bytes[taken..];
            self.add(&buffer[..given]);
            if let ReadFieldResult::Field { record_end } = result {
                self.end_cell(record_end, each);
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        if LINE_BYTES_MAX < self.length {
            self.fault =
                Some("a cell of more than 1 MiB: a quote may not be closed, and what is behind it was not read");
        }
        if self.cell.len() <= CELL_BYTES_MAX && self.places.contains(&self.column) {
            self.cell.extend_from_slice(bytes);
        }
    }

    fn end_cell(&mut self, is_last: bool, each: &mut dyn FnMut(&Row)) {
        self.row.resize(self.places.len(), None);
        for (place, _) in self.places.iter().enumerate().filter(|(_, column)| **column == self.column) {
            self.row[place] = (self.length <= CELL_BYTES_MAX).then(|| self.cell.clone());
        }
        self.cell.clear();
        (self.length, self.column) = (0, self.column + 1);
        if is_last {
            if !std::mem::take(&mut self.is_header) {
                each(&self.row);
            }
            self.row.clear();
            self.column = 0;
        }
    }

    fn finish(&mut self, each: &mut dyn FnMut(&Row)) {
        if self.fault.is_some() {
            return;
        }
        if self.reader.is_none() {
            if self.opening.is_empty() {
                return;
            }
            if !self.begin(true) {
                self.fault = Some("its header does not name the column");
                return;
            }
            // A header that no line feed ends is all there is.
            return;
        }
        let mut buffer = [0; 1024];
        while let Some(reader) = &mut self.reader {
            let (result, _, given) = reader.read_field(&[], &mut buffer);
            self.add(&buffer[..given]);
            match result {
                ReadFieldResult::Field { record_end } => self.end_cell(record_end, each),
                ReadFieldResult::OutputFull => {}
                ReadFieldResult::InputEmpty | ReadFieldResult::End => return,
            }
        }
    }
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

/// The cells of the first row, if it is whole.
fn header(opening: &[u8], delimiter: u8, is_over: bool) -> Option<Vec<Vec<u8>>> {
    let (mut reader, mut rest) = (reader(delimiter), opening);
    let (mut cells, mut cell, mut buffer) = (Vec::new(), Vec::new(), [0; 1024]);
    // To show the reader nothing is to say that nothing more comes.
    while !rest.is_empty() || is_over {
        let (result, taken, given) = reader.read_field(rest, &mut buffer);
        cell.extend_from_slice(&buffer[..given]);
        rest = &rest[taken..];
        match result {
            ReadFieldResult::Field { record_end } => {
                cells.push(std::mem::take(&mut cell));
                if record_end {
                    return Some(cells);
                }
            }
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::End => return None,
        }
    }
    None
}

pub(crate) struct Lines {
    places: Option<JsonPaths>,
    count: usize,
    line: Vec<u8>,
    is_overlong: bool,
}

impl Lines {
    fn take(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(&Row)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.add(&bytes[..end]);
            self.end_line(each);
            bytes = &bytes[end + 1..];
        }
        self.add(bytes);
    }

    fn add(&mut self, bytes: &[u8]) {
        self.is_overlong |= LINE_BYTES_MAX < self.line.len() + bytes.len();
        if self.is_overlong {
            self.line.clear();
            return;
        }
        self.line.extend_from_slice(bytes);
    }

    fn end_line(&mut self, each: &mut dyn FnMut(&Row)) {
        let is_overlong = std::mem::take(&mut self.is_overlong);
        let line = self.line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.line).trim_ascii();
        if line.is_empty() && !is_overlong {
            return self.line.clear();
        }
        let mut row: Row = vec![None; self.count];
        let found = self.places.as_ref().map(|places| {
            places.find(line, &mut |place, value| row[place] = (value.len() <= CELL_BYTES_MAX).then(|| value.to_vec()))
        });
        if !matches!(found, Some(Ok(()))) {
            row.fill(None);
        }
        each(&row);
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a text that comes in pieces of that size, and what makes it unreadable.
    fn rows(mut rows: Rows, text: &[u8], size: usize) -> (Vec<Row>, Option<&'static str>) {
        let mut out = Vec::new();
        text.chunks(size).for_each(|piece| rows.take(piece, &mut |row| out.push(row.clone())));
        let fault = rows.finish(&mut |row| out.push(row.clone()));
        (out, fault)
    }

    fn own(cells: &[Option<&str>]) -> Row {
        cells.iter().map(|cell| cell.map(|cell| cell.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_table_is_read_the_same_however_it_is_cut() {
        let table = || Rows::of_table(vec!["mail".to_owned(), "name".to_owned()]);
        let text = b"\xEF\xBB\xBFname,\"mail\",n\r\n\"A, \"\"B\"\"\nC\",a@x,1\n,b@x\nD\n\xFF,\xFE,3";
        let expected = [
            own(&[Some("a@x"), Some("A, \"B\"\nC")]),
            own(&[Some("b@x"), Some("")]),
            own(&[None, Some("D")]),
            vec![Some(b"\xFE".to_vec()), Some(b"\xFF".to_vec())],
        ];
        for size in 1..=text.len() {
            assert_eq!(rows(table(), text, size), (expected.to_vec(), None), "pieces of {size}");
        }
        for text in ["mail\tname\n1\t2\n", "mail;name\n1;2", "x|mail|name\n0|1|2\n"] {
            assert_eq!(rows(table(), text.as_bytes(), 3).0, [own(&[Some("1"), Some("2")])], "{text}");
        }
        assert!(rows(table(), b"mail,n\n1,2\n", 4).1.is_some(), "no such column");
        assert_eq!(rows(table(), b"mail,name", 4), (Vec::new(), None), "a header alone");
        assert_eq!(rows(table(), b"", 4), (Vec::new(), None));
    }

    #[test]
    fn a_quote_that_is_never_closed_and_a_huge_cell_are_bounded_and_said() {
        let table = || Rows::of_table(vec!["mail".to_owned()]);
        let huge = [&b"mail\na\n\""[..], &vec![b'x'; 3 << 20]].concat();
        let (seen, fault) = rows(table(), &huge, 1 << 16);
        assert!(seen.len() == 1 && fault.is_some());
        let long = [&b"mail\n"[..], &[b'x'; 5_000], b"\nb\n"].concat();
        assert_eq!(rows(table(), &long, 777).0, [own(&[None]), own(&[Some("b")])]);
        let headless = vec![b','; 1 << 20];
        assert!(rows(table(), &headless, 1 << 16).1.is_some());
    }

    #[test]
    fn json_lines_are_objects_and_what_is_none_names_nobody() {
        let lines = || Rows::of_lines(&["user.id", "name"]);
        let long = format!("{{\"user\":{{\"id\":\"{}\"}}}}\n", "x".repeat(2 << 20));
        let text = format!(
            "{{\"user\":{{\"id\":17}},\"name\":\"\\u00e9\"}}\n\nno json\n{{\"user\":{{\"id\":null}}}}\n{long}{{\"user\":{{\"id\":\"a\"}}}}"
        );
        let expected = [
            own(&[Some("17"), Some("é")]),
            own(&[None, None]),
            own(&[None, None]),
            own(&[None, None]),
            own(&[Some("a"), None]),
        ];
        for size in [7, 1_000, 1 << 16, 1 << 22] {
            assert_eq!(rows(lines(), text.as_bytes(), size), (expected.to_vec(), None), "pieces of {size}");
        }
    }
}
