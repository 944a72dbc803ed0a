//! A time line for Timesketch, as a table.

use std::io;

use serde_json::Value;

use crate::cells::{self, failed};
use crate::document::Document;
use crate::render::{Look, Render};
use crate::timesketch::{COLUMNS, Cell, Event, events};

/// The form for Timesketch, and for spreadsheets.
pub(crate) struct TimesketchCsv;

impl Render for TimesketchCsv {
    fn name(&self) -> &'static str {
        "timesketch-csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["timesketch.csv"]
    }

    fn about(&self) -> &'static str {
        "the same time line as a table; no cell is a formula"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut rows = cells::writer(out);
        rows.write_record(COLUMNS).map_err(failed)?;
        for event in events(document, bytes) {
            rows.write_record(event.map(cell)).map_err(failed)?;
        }
        rows.flush()
    }
}

/// How long the row of an event is.
fn bytes(event: &Event) -> usize {
    let mut out = Vec::new();
    let mut rows = cells::writer(&mut out);
    rows.write_record(event.clone().map(cell))
        .and_then(|()| rows.flush().map_err(Into::into))
        .expect("memory takes it");
    drop(rows);
    out.len()
}

fn cell(cell: Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(value) => value.in_cell(),
        Cell::Number(number) => number.to_string(),
        // Timesketch reads a list of tags as JSON.
        Cell::Tags(tags) => Value::from(tags).to_string(),
    }
}
