//! The formats, one file each.
//!
//! A new format is a file here and its name in [`FORMATS`]: recognition, help and tables follow from the list.

mod combined;
mod combined_extended;
mod common;
mod json;
mod s3;
mod vhost_combined;

use crate::Format;

/// All formats. Of two that read a file equally well the first listed is taken, so the strict come first.
pub const FORMATS: &[&dyn Format] = &[
    &combined::Combined,
    &combined_extended::CombinedExtended,
    &common::Common,
    &vhost_combined::VhostCombined,
    &json::Json,
    &s3::S3,
];
