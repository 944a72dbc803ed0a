//! One of several formats, whichever reads the line: a server that writes more than one layout into its logs.

use std::sync::Arc;

use crate::field::Sink;
use crate::{Fault, Format, Record};

/// Several formats in one. Of two that read a line the first is taken.
struct AnyOf {
    formats: Vec<Arc<dyn Format>>,
}

/// A format that reads what any of these reads.
///
/// A line that none reads is the fault of the format that came furthest in it. `None` where there are no formats.
pub fn any_of(formats: Vec<Arc<dyn Format>>) -> Option<Arc<dyn Format>> {
    match formats.len() {
        0 => None,
        1 => formats.into_iter().next(),
        _ => Some(Arc::new(AnyOf { formats })),
    }
}

impl Format for AnyOf {
    fn name(&self) -> &'static str {
        "log_format"
    }

    fn about(&self) -> &'static str {
        "The layouts of a server's configuration"
    }

    fn example(&self) -> &'static str {
        ""
    }

    fn is_recognised(&self) -> bool {
        false
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut furthest: Option<Fault> = None;
        for format in &self.formats {
            match format.parse(line) {
                Ok(read) => return Ok(read),
                Err(fault) if furthest.is_none_or(|other| other.at < fault.at) => furthest = Some(fault),
                Err(_) => {}
            }
        }
        Err(furthest.unwrap_or(Fault { at: 0, expected: "one of the layouts of the configuration" }))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Some(format) = self.formats.iter().find(|format| matches!(format.parse(line), Ok(Some(_)))) {
            format.further(line, record, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_format;

    #[test]
    fn each_line_is_read_by_the_layout_it_fits() {
        let layouts = ["$remote_addr [$time_local] $status", "$status $remote_addr \"$request\""];
        let formats = layouts.iter().map(|layout| log_format(layout).unwrap()).collect();
        let format = any_of(formats).unwrap();
        let record = format.parse(b"192.0.2.7 [01/May/2024:00:02:15 +0900] 200").unwrap().unwrap();
        assert_eq!(record.status, Some(200));
        let record = format.parse(b"404 192.0.2.7 \"GET /a HTTP/1.1\"").unwrap().unwrap();
        assert_eq!((record.status, record.target), (Some(404), Some(&b"/a"[..])));
        assert!(format.parse(b"nothing of the kind").is_err());
        assert!(any_of(Vec::new()).is_none());
    }
}
