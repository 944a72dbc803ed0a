//! The common log format: Apache's `common`, and what many small servers write.

use super::combined::{name_host, tell_head};
use crate::grammar::{Rest, common_head, fault};
use crate::{Fault, Format, Record, Sink};

/// `client ident user [time] "request" status bytes`, and nothing behind it.
pub(crate) struct Common;

impl Format for Common {
    fn name(&self) -> &'static str {
        "common"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["ncsa_common"]
    }

    fn about(&self) -> &'static str {
        "Common log format (NCSA; Apache `common`)"
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let Rest { ident, rest } = common_head(line, &mut record)?;
        if !rest.trim_ascii().is_empty() {
            return Err(fault(line, rest, "the end of the line"));
        }
        name_host(&mut record, ident)?;
        Ok(Some(record))
    }

    fn begins_with_client(&self) -> bool {
        true
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        tell_head(line, sink);
    }
}
