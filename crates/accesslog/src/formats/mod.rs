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
