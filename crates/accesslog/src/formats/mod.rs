//! The formats, one file each.
//!
//! A new format is a file here and its name in [`FORMATS`]: recognition, help and tables follow from the list.

mod absolute;
mod aws_alb;
mod aws_elb_classic;
mod aws_nlb;
mod combined;
mod combined_extended;
mod common;
mod elb;
mod haproxy;
mod haproxy_clf;
mod haproxy_http;
mod haproxy_tcp;
mod iis_native;
mod json;
mod s3;
mod syslog_prefix;
mod vhost_combined;
mod w3c;

pub use w3c::w3c_fields;

use crate::Format;

/// All formats. Of two that read a file equally well the first listed is taken, so the strict come first.
pub const FORMATS: &[&dyn Format] = &[
    &combined::Combined,
    &haproxy_clf::HaproxyClf,
    &combined_extended::CombinedExtended,
    &common::Common,
    &vhost_combined::VhostCombined,
    &json::Json,
    &s3::S3,
    &haproxy_http::HaproxyHttp,
    &haproxy_tcp::HaproxyTcp,
    &aws_alb::AwsAlb,
    &aws_elb_classic::AwsElbClassic,
    &aws_nlb::AwsNlb,
    &w3c::IIS_W3C,
    &w3c::IIS_ADVANCED,
    &iis_native::IisNative,
    &w3c::NETSCALER,
    &w3c::ORACLE_WEBCACHE,
    &w3c::SHOUTCAST,
    &w3c::INCAPSULA,
    &w3c::AWS_CLOUDFRONT,
    &w3c::AWS_CLOUDFRONT_EXPORT,
    &w3c::GCS_USAGE,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Value;

    /// Whether a value is a piece of the line: nothing told may come from elsewhere.
    fn is_piece(value: &[u8], line: &[u8]) -> bool {
        let (value, line) = (value.as_ptr_range(), line.as_ptr_range());
        value.is_empty() || line.start <= value.start && value.end <= line.end
    }

    /// Reads a line with every format and asks for all that it tells.
    fn read(line: &[u8]) {
        for format in FORMATS {
            let outcome = format.parse(line);
            if let Err(fault) = outcome {
                assert!(fault.at <= line.len(), "{}: {fault} of {}", format.name(), line.len());
            }
            if let Ok(Some(record)) = outcome {
                format.further(line, &record, &mut |name, value| match value {
                    Value::Text(text) => assert!(is_piece(text, line), "{} {name}", format.name()),
                    Value::List(items) => assert!(items.iter().all(|item| is_piece(item, line)), "{name}"),
                    _ => assert!(!name.is_empty()),
                });
            }
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_a_format_stumble(line in any::<Vec<u8>>()) {
            read(&line);
        }

        #[test]
        fn nor_does_a_line_that_is_nearly_one(
            number in 0..FORMATS.len(),
            at in any::<prop::sample::Index>(),
            length in 0..40_usize,
            piece in "[ -~\t]{0,6}",
        ) {
            let mut line = FORMATS[number].example().lines().last().unwrap_or_default().as_bytes().to_vec();
            let from = at.index(line.len() + 1);
            let to = line.len().min(from + length);
            line.splice(from..to, piece.into_bytes());
            read(&line);
        }
    }
}
