//! A time line for Timesketch, one JSON object a line.

use std::io;

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::json::{line_bytes, write_line};
use crate::render::{Look, Render};
use crate::timesketch::{COLUMNS, Cell, Event, events};

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
        events(document, |event| line_bytes(&row(event))).try_for_each(|event| write_line(out, &row(&event)))
    }
}

fn row(event: &Event) -> Map<String, Value> {
    let attributes = COLUMNS.iter().zip(event.clone());
    attributes.filter_map(|(name, cell)| Some(((*name).to_owned(), value(cell)?))).collect()
}

fn value(cell: Cell) -> Option<Value> {
    match cell {
        Cell::Nothing => None,
        Cell::Text(text) => Some(json!(text)),
        Cell::Number(number) => Some(Value::from(number)),
        Cell::Tags(tags) => Some(Value::from(tags)),
    }
}
