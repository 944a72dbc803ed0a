//! A time line for Timesketch, one JSON object a line.

use std::io;

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::json::write_line;
use crate::render::{Look, Render};
use crate::timesketch::{COLUMNS, Cell, events};

/// The form for Timesketch.
pub(crate) struct TimesketchJsonl;

impl Render for TimesketchJsonl {
    fn name(&self) -> &'static str {
        "timesketch-jsonl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["timesketch.jsonl"]
    }

    fn about(&self) -> &'static str {
        "a time line for Timesketch: both ends of each incident, and every finding"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        for event in events(document) {
            let attributes =
                COLUMNS.iter().zip(event).filter_map(|(name, cell)| Some(((*name).to_owned(), value(cell)?)));
            write_line(out, &attributes.collect::<Map<_, _>>())?;
        }
        Ok(())
    }
}

fn value(cell: Cell) -> Option<Value> {
    match cell {
        Cell::Nothing => None,
        Cell::Text(text) => Some(json!(text)),
        Cell::Number(number) => Some(Value::from(number)),
        Cell::Tags(tags) => Some(Value::from(tags)),
    }
}
