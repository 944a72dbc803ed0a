//! The command `demo`: a first look that needs no log.

use std::io::Write;

use crate::Exit;
use crate::arguments::DemoOptions;
use crate::job::Job;
use crate::scan_command::report_on;

/// A shop's log of one day, with one theft in it; `samples/README.md` tells its story.
const SAMPLE: &[u8] = include_bytes!("../../../samples/image-proxy/access.log");

/// Reports on the built-in sample.
pub(crate) fn demo(options: &DemoOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    report_on(&Job::built_in("demo.log", SAMPLE), &options.output, stdout, stderr)
}
